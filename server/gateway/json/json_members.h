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

// Tables that say which member of a JSON resource is which field of a message, and the two ways across: a message
// becomes JSON, a JSON merge patch (RFC 7386) becomes a message with a field mask. What the values may be is for
// cimd-server to say, and so is which fields may be changed: a table names those that may not, too, so that the server
// can refuse them by name.
namespace cimd::gateway {

enum class Form {
  kText,            // string; left out of the JSON when empty
  kNonEmptyText,    // the same, for fields in which empty would mean the default
  kFlag,            // true or false; left out when the field has presence and is absent
  kNumber,          // integer of 32 bits
  kPositiveNumber,  // the same, for fields in which 0 would mean the default
  kTexts,           // array of strings; left out when empty
  kName,            // an enum's value, lower-case and without its prefix: "regular_web"
  kHyphenatedName,  // the same with hyphens: "non-rotating"
  kTextMap,         // object of strings, merged member by member; left out when empty
  kObjectText,      // object, which the field keeps as its text; left out when empty
};

struct Member {
  // With dots for a member of a nested object: "refresh_token.leeway".
  std::string_view property;
  // Path in the message: "settings.refresh_token.leeway_seconds". Empty for a constant.
  std::string_view field;
  Form form = Form::kText;
  // What the resource always says; a patch may repeat it and nothing else.
  std::variant<std::monostate, bool, std::string_view> constant = std::monostate();
};

using Members = absl::Span<const Member>;

// Adds to `object` what `members` say of `message`, in their order.
void AddMembers(const google::protobuf::Message& message, Members members, json::Value& object);

// The same without constants.
void AddFields(const google::protobuf::Message& message, Members members, json::Value& object);

struct ParsedPatch {
  // The fields named by the patch. Those of form kTextMap are not: see map_changes.
  google::protobuf::FieldMask mask;
  // Members to set, or to remove, in the one kTextMap of the resource; the rest of that map stays.
  std::map<std::string, std::optional<std::string>> map_changes;
  // Everything wrong with it, up to a bound.
  std::vector<ErrorDetail> problems;
};

// Reads a merge patch into `message`. `patch` is an attacker's. null sets a field back to what it is by default. A
// property that no member names is a problem, as is one of another type.
ParsedPatch ReadPatch(const json::Value& patch, Members members, google::protobuf::Message& message);

// Reads an array of objects, each by `members` into a message that `add` makes for it. `array` is an attacker's; the
// bound on what it may hold is the server's. `property` is what it is called: "scopes" for "scopes[1].value".
void ReadElements(const json::Value& array, std::string_view property, Members members,
                  absl::FunctionRef<google::protobuf::Message&()> add, std::vector<ErrorDetail>& problems);

// Takes a member out of an object that a table cannot describe; nullopt when it is absent.
std::optional<json::Value> TakeMember(json::Value& object, const std::string& property);

// The property of a field, for messages; the field itself when no member is for it. `root` is what the RPC calls the
// message: for "client.settings.web_origins[2]" and root "client." this is "web_origins[2]".
std::string PropertyOf(std::string_view field, std::string_view root, Members members);

// What stands behind the last slash of a resource name: the API's id.
std::string LastSegment(std::string_view name);

// "REGULAR_WEB" for APP_TYPE_REGULAR_WEB. Empty for the value 0 and for one that this build does not know.
std::string ShortName(const google::protobuf::EnumDescriptor& type, int value);
template <typename Enum>
std::string ShortName(Enum value) {
  return ShortName(*google::protobuf::GetEnumDescriptor<Enum>(), value);
}

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_JSON_JSON_MEMBERS_H_
