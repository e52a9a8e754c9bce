#ifndef CIMD_SERVER_GATEWAY_JSON_JSON_MEMBERS_H_
#define CIMD_SERVER_GATEWAY_JSON_JSON_MEMBERS_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/generated_enum_reflection.h"
#include "google/protobuf/message.h"
#include "server/gateway/json/error_body.h"
#include "server/json/strict_json.h"

// Tables that map properties of a JSON resource to fields of a message, and the conversions in both directions: a
// message to JSON, and a JSON merge patch (RFC 7386) to a message with a field mask. The server validates values and
// decides which fields may be changed. Tables also contain read-only fields, so that the server can refuse them by
// name.
namespace cimd::gateway {

enum class Form {
  kText,            // string; omitted from the JSON when empty
  kNonEmptyText,    // string; empty is refused, because it would mean the default
  kFlag,            // boolean; omitted when the field has presence and is absent
  kNumber,          // integer of 32 bits
  kPositiveNumber,  // the same; 0 is refused, because it would mean the default
  kTexts,           // array of strings; omitted when empty
  kName,            // enum value in lower case without its prefix: "regular_web"
  kHyphenatedName,  // the same with hyphens: "non-rotating"
  kTextMap,         // object of strings, merged member by member; omitted when empty
  kObjectText,      // object, stored as JSON text in a string field; omitted when empty
};

struct Member {
  // Dots mean nesting: "refresh_token.leeway".
  std::string_view property;
  // Path in the message: "settings.refresh_token.leeway_seconds". Empty for a constant.
  std::string_view field;
  Form form = Form::kText;
  // A fixed value that every resource has. A patch may contain this value only.
  std::variant<std::monostate, bool, std::string_view> constant = std::monostate();
};

using Members = absl::Span<const Member>;

// Adds the properties of `message` to `object`, in the order of `members`.
void AddMembers(const google::protobuf::Message& message, Members members, json::Value& object);

// The same without constants.
void AddFields(const google::protobuf::Message& message, Members members, json::Value& object);

struct ParsedPatch {
  // The fields that the patch names, except those of form kTextMap: see map_changes.
  google::protobuf::FieldMask mask;
  // Members to set, or (nullopt) to remove, in the resource's one kTextMap; its other members stay.
  std::map<std::string, std::optional<std::string>> map_changes;
  // All problems, at most 32.
  std::vector<ErrorDetail> problems;
};

// Reads a merge patch, which the client sent, into `message`. null resets a field to its default. Unknown properties
// and values of another type are problems.
ParsedPatch ReadPatch(const json::Value& patch, Members members, google::protobuf::Message& message);

// Reads an array of objects, which the client sent. Each object is read by `members` into a message that `add` creates.
// The server limits the length. `property` is the array's name in problems: "scopes" in "scopes[1].value".
void ReadElements(const json::Value& array, std::string_view property, Members members,
                  absl::FunctionRef<google::protobuf::Message&()> add, std::vector<ErrorDetail>& problems);

// Removes and returns a member that tables cannot describe; nullopt when it is absent.
std::optional<json::Value> TakeMember(json::Value& object, const std::string& property);

// Adds a problem for each number in `value`, at any depth, that a double may not hold exactly: integers beyond 2^53.
// `property` is the value's name in problems: "options" in "options.quota.limit".
void CheckNumbers(const json::Value& value, const std::string& property, std::vector<ErrorDetail>& problems);

// The property for a field of the RPC's request, for error messages; the field itself when `members` has none. `root`
// is the field's prefix: with "client.", "client.settings.web_origins[2]" becomes "web_origins[2]".
std::string PropertyOf(std::string_view field, std::string_view root, Members members);

// The last segment of a resource name: the API's id.
std::string LastSegment(std::string_view name);

// "REGULAR_WEB" for APP_TYPE_REGULAR_WEB. Empty for the value 0 and for values that this build does not know.
std::string ShortName(const google::protobuf::EnumDescriptor& type, int value);
template <typename Enum>
std::string ShortName(Enum value) {
  return ShortName(*google::protobuf::GetEnumDescriptor<Enum>(), value);
}

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_JSON_JSON_MEMBERS_H_
