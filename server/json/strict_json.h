#ifndef CIMD_SERVER_JSON_STRICT_JSON_H_
#define CIMD_SERVER_JSON_STRICT_JSON_H_

#include <string>
#include <string_view>
#include <variant>

#include "nlohmann/json.hpp"

namespace cimd::json {

// Members keep the order of the text, which findings and diffs follow.
using Value = nlohmann::ordered_json;

enum class Fault {
  kMalformed,        // not RFC 8259; also a byte order mark, or anything after the value
  kUtf8Invalid,      // also lone surrogates written as \u escapes
  kMemberDuplicate,  // the same name twice in one object, at any depth, compared after unescaping
  kTooDeep,
};

struct ParseError {
  Fault fault = Fault::kMalformed;
  // JSON path of the value at fault: "$.jwks.keys[1]". May be that of an enclosing value.
  std::string path;
  // What is wrong, for people.
  std::string message;
};

// Parses JSON from an attacker and refuses what two parsers could read differently: duplicate members, unpaired
// surrogates, nesting deeper than `max_depth`. Numbers too large for a double are malformed. Never throws. Pure. The
// work is linear in the text, whose length the caller limits.
std::variant<Value, ParseError> ParseStrict(std::string_view text, int max_depth = 16);

// Whether `value` is null, "", [] or {}. Serializers write these for members that have no value.
bool IsNullOrEmpty(const Value& value);

}  // namespace cimd::json

#endif  // CIMD_SERVER_JSON_STRICT_JSON_H_
