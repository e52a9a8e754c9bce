#include <algorithm>
#include <set>
#include <string>
#include <variant>

#include "server/json/strict_json.h"
#include "tests/fuzz/fuzz_target.h"

namespace cimd::fuzz {
namespace {

using json::Value;

int DepthOf(const Value& value) {
  int depth = 0;
  if (!value.is_structured()) return depth;
  for (const Value& element : value) depth = std::max(depth, DepthOf(element));
  return depth + 1;
}

bool HasDuplicates(const Value& value) {
  if (value.is_object()) {
    std::set<std::string> names;
    for (const auto& [name, member] : value.items()) {
      if (!names.insert(name).second) return true;
    }
  }
  return value.is_structured() && std::any_of(value.begin(), value.end(), HasDuplicates);
}

}  // namespace

void FuzzOne(std::string_view input) {
  constexpr int kMaxDepth = 16;
  auto parsed = json::ParseStrict(input, kMaxDepth);
  // What the JSON library accepts in its lenient mode.
  const Value lax = Value::parse(input.begin(), input.end(), nullptr, /*allow_exceptions=*/false);
  if (const auto* error = std::get_if<json::ParseError>(&parsed)) {
    Require(error->path.starts_with('$') && !error->message.empty());
    const bool lax_only = input.starts_with("\xef\xbb\xbf") || input.find('\0') != std::string_view::npos;
    // Every other refused input must also be malformed for the library, unless its fault names a construct that RFC
    // 8259 permits.
    if (error->fault == json::Fault::kMalformed && !lax_only) Require(lax.is_discarded());
    if (error->fault == json::Fault::kUtf8Invalid) Require(lax.is_discarded());
    return;
  }
  const Value& value = std::get<Value>(parsed);
  Require(!lax.is_discarded() && lax == value);
  Require(DepthOf(value) <= kMaxDepth && !HasDuplicates(value));
  // The written form must be UTF-8, and reading it again must give the same value.
  auto again = json::ParseStrict(value.dump(), kMaxDepth);
  Require(std::holds_alternative<Value>(again) && std::get<Value>(again) == value);
  // A limit that is one level too small must refuse the value.
  if (DepthOf(value) > 0) {
    const auto refused = json::ParseStrict(input, DepthOf(value) - 1);
    Require(std::holds_alternative<json::ParseError>(refused) &&
            std::get<json::ParseError>(refused).fault == json::Fault::kTooDeep);
  }
}

}  // namespace cimd::fuzz
