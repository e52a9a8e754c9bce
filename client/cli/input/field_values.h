#ifndef CIMD_CLIENT_CLI_INPUT_FIELD_VALUES_H_
#define CIMD_CLIENT_CLI_INPUT_FIELD_VALUES_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace cimd::cli {

// Sets the field of `message` that `path` names, such as "settings.redirection_policy", to the operator's `value`:
//   text      as it is;
//   bool      on, off, true or false;
//   number    in decimal;
//   enum      the short name in any case, "allow_always";
//   list      one element is added; an empty value adds none;
//   map or message  a JSON object with the field names of the .proto files.
// An empty value leaves the field unset. An update whose mask contains the field then clears it. INVALID_ARGUMENT, with
// a message for the operator, for a path that does not exist or a value of another type.
absl::Status SetField(google::protobuf::Message& message, std::string_view path, const std::string& value);

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_INPUT_FIELD_VALUES_H_
