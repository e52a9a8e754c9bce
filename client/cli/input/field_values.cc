#include "client/cli/input/field_values.h"

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/cli/text/message_text.h"
#include "fmt/format.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/util/json_util.h"

namespace cimd::cli {
namespace {

using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

absl::Status Mistyped(const FieldDescriptor& field, std::string_view expected) {
  return absl::InvalidArgumentError(fmt::format("{}: must be {}", field.name(), expected));
}

absl::Status SetBool(Message& message, const FieldDescriptor& field, const std::string& value) {
  const std::string lower = absl::AsciiStrToLower(value);
  const bool on = lower == "on" || lower == "true";
  if (!on && lower != "off" && lower != "false") return Mistyped(field, "on or off");
  message.GetReflection()->SetBool(&message, &field, on);
  return absl::OkStatus();
}

absl::Status SetInt32(Message& message, const FieldDescriptor& field, const std::string& value) {
  int32_t number = 0;
  if (!absl::SimpleAtoi(value, &number)) return Mistyped(field, "a whole number");
  message.GetReflection()->SetInt32(&message, &field, number);
  return absl::OkStatus();
}

absl::Status SetEnum(Message& message, const FieldDescriptor& field, const std::string& value) {
  const EnumValueDescriptor* found = FindEnumValue(*field.enum_type(), value);
  if (found == nullptr) {
    return Mistyped(field, "one of: " + absl::StrJoin(EnumChoices(*field.enum_type()), ", "));
  }
  message.GetReflection()->SetEnum(&message, &field, found);
  return absl::OkStatus();
}

// Parses a message of the enclosing type, because a map field alone cannot be parsed from JSON. Parses into a new
// message and merges it, because the parser clears its target.
absl::Status SetFromJson(Message& message, const FieldDescriptor& field, const std::string& value) {
  std::unique_ptr<Message> parsed(message.New());
  auto status =
      google::protobuf::util::JsonStringToMessage(fmt::format("{{\"{}\": {}}}", field.name(), value), parsed.get());
  if (!status.ok()) return Mistyped(field, fmt::format("a JSON object: {}", std::string(status.message())));
  message.MergeFrom(*parsed);
  return absl::OkStatus();
}

absl::Status SetLeaf(Message& message, const FieldDescriptor& field, const std::string& value) {
  if (value.empty()) return absl::OkStatus();
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) return SetFromJson(message, field, value);
  if (field.is_repeated()) {
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_STRING)
      return absl::InvalidArgumentError(fmt::format("{} cannot be set", field.name()));
    message.GetReflection()->AddString(&message, &field, value);
    return absl::OkStatus();
  }
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      message.GetReflection()->SetString(&message, &field, value);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_BOOL:
      return SetBool(message, field, value);
    case FieldDescriptor::CPPTYPE_INT32:
      return SetInt32(message, field, value);
    case FieldDescriptor::CPPTYPE_ENUM:
      return SetEnum(message, field, value);
    default:
      return absl::InvalidArgumentError(fmt::format("{} cannot be set", field.name()));
  }
}

}  // namespace

absl::Status SetField(Message& message, std::string_view path, const std::string& value) {
  Message* parent = &message;
  const std::vector<std::string> names = absl::StrSplit(std::string(path), '.');
  for (size_t i = 0;; ++i) {
    const FieldDescriptor* field = parent->GetDescriptor()->FindFieldByName(names[i]);
    const bool last = i + 1 == names.size();
    const bool has_fields =
        field != nullptr && field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field->is_repeated();
    if (field == nullptr || (!last && !has_fields)) {
      return absl::InvalidArgumentError(fmt::format("there is no field '{}'", path));
    }
    if (last) return SetLeaf(*parent, *field, value);
    parent = parent->GetReflection()->MutableMessage(parent, field);
  }
}

}  // namespace cimd::cli
