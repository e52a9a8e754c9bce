#ifndef CIMD_CLIENT_CLI_TEXT_MESSAGE_TEXT_H_
#define CIMD_CLIENT_CLI_TEXT_MESSAGE_TEXT_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/generated_enum_reflection.h"
#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"

// Converts messages of the API, of any type, to text.
namespace cimd::cli {

// Protobuf JSON with the field names of the .proto files, indented; unset fields are left out. Safe to print.
std::string ToJson(const google::protobuf::Message& message);
// The same on one line.
std::string ToJsonLine(const google::protobuf::Message& message);

// One line of a message: the path of a field, and a value. Neither is safe to print.
struct FieldText {
  std::string path;
  std::string value;
};

// The fields of `message` in their order, those of nested messages under their paths. Empty fields are left out, except
// for bools without presence. The elements of a list are lines of their own; only the first has the path. Lists of
// messages are left out. Bytes are shown as their number.
std::vector<FieldText> FieldsOf(const google::protobuf::Message& message);

// A point in time, in UTC: "2026-07-01T09:30:00Z".
std::string TimeText(const google::protobuf::Timestamp& time);

// The value's name without the prefix that all values of its type share: "NATIVE" for APP_TYPE_NATIVE.
std::string ShortEnumName(const google::protobuf::EnumValueDescriptor& value);

// The same for a value of a generated type; a number for one that this program does not know.
template <typename Enum>
std::string ShortEnumName(Enum number) {
  const auto* value = google::protobuf::GetEnumDescriptor<Enum>()->FindValueByNumber(number);
  return value == nullptr ? std::to_string(number) : ShortEnumName(*value);
}

// The value of that short name in any case; null when there is none.
const google::protobuf::EnumValueDescriptor* FindEnumValue(const google::protobuf::EnumDescriptor& type,
                                                           std::string_view short_name);

// Every short name of a type but UNSPECIFIED, in lower case, as options of the command line take them.
std::vector<std::string> EnumChoices(const google::protobuf::EnumDescriptor& type);

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_TEXT_MESSAGE_TEXT_H_
