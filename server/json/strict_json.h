#ifndef CIMD_SERVER_JSON_STRICT_JSON_H_
#define CIMD_SERVER_JSON_STRICT_JSON_H_

#include <string>
#include <string_view>
#include <variant>

#include "nlohmann/json.hpp"

namespace cimd::json {

// Members keep the order of the text, so that findings and diffs can follow it.
using Value = nlohmann::ordered_json;

enum class Fault {
  kMalformed,        // not RFC 8259; also a byte order mark, or anything after the value
  kUtf8Invalid,      // also lone surrogates written as \u escapes
  kMemberDuplicate,  // the same name twice in one object, at any depth, compared after unescaping
  kTooDeep,
};

struct ParseError {
  Fault fault = Fault::kMalformed;
  // JSON path of the value at fault, as far as it is known: "$.jwks.keys[1]".
  std::string path;
  // For people.
  std::string message;
};

// Parses JSON that an attacker wrote, so that no two readers can take it for different things: what RFC 8259 leaves
// open (duplicate members, unpaired surrogates, nesting without end) is refused. Numbers too large for a double are
// refused as malformed. Never throws. Pure; bounded by the length of the text, which the caller bounds.
std::variant<Value, ParseError> ParseStrict(std::string_view text, int max_depth = 16);

// Whether `value` is null, "", [] or {}. Serializers write these for members that have no value.
bool IsNullOrEmpty(const Value& value);

}  // namespace cimd::json

#endif  // CIMD_SERVER_JSON_STRICT_JSON_H_
