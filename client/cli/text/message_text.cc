#include "client/cli/text/message_text.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "client/cli/text/printable_text.h"
#include "fmt/format.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/time_util.h"

namespace cimd::cli {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::util::TimeUtil;

// "APP_TYPE_" for AppType.
std::string PrefixOf(const EnumDescriptor& type) {
  std::string prefix;
  for (char c : type.name()) {
    if (absl::ascii_isupper(c) && !prefix.empty()) prefix += '_';
    prefix += absl::ascii_toupper(c);
  }
  return prefix + "_";
}

// The text of a message that is shown as one value, such as a Timestamp; nullopt for other messages.
std::optional<std::string> TextOfTime(const Message& message) {
  if (const auto* time = google::protobuf::DynamicCastToGenerated<google::protobuf::Timestamp>(&message)) {
    return TimeText(*time);
  }
  if (const auto* duration = google::protobuf::DynamicCastToGenerated<google::protobuf::Duration>(&message)) {
    return TimeUtil::ToString(*duration);
  }
  return std::nullopt;
}

// The value of a field that is not a message. `index` selects the element of a repeated field.
std::string ScalarText(const Message& message, const FieldDescriptor& field, int index) {
  const auto& reflection = *message.GetReflection();
  const bool repeated = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string text =
          repeated ? reflection.GetRepeatedString(message, &field, index) : reflection.GetString(message, &field);
      if (field.type() == FieldDescriptor::TYPE_BYTES && !text.empty()) return fmt::format("{} bytes", text.size());
      return text;
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      return (repeated ? reflection.GetRepeatedBool(message, &field, index) : reflection.GetBool(message, &field))
                 ? "true"
                 : "false";
    case FieldDescriptor::CPPTYPE_ENUM: {
      const EnumValueDescriptor& value =
          repeated ? *reflection.GetRepeatedEnum(message, &field, index) : *reflection.GetEnum(message, &field);
      return value.number() == 0 ? "" : ShortEnumName(value);
    }
    case FieldDescriptor::CPPTYPE_INT32: {
      const int32_t number =
          repeated ? reflection.GetRepeatedInt32(message, &field, index) : reflection.GetInt32(message, &field);
      return number == 0 && !field.has_presence() ? "" : std::to_string(number);
    }
    case FieldDescriptor::CPPTYPE_INT64: {
      const int64_t number =
          repeated ? reflection.GetRepeatedInt64(message, &field, index) : reflection.GetInt64(message, &field);
      return number == 0 && !field.has_presence() ? "" : std::to_string(number);
    }
    default:
      // The public API uses no other types.
      return fmt::format("({})", field.cpp_type_name());
  }
}

void Append(const Message& message, const std::string& prefix, std::vector<FieldText>& fields);

void AppendMap(const Message& message, const FieldDescriptor& field, const std::string& path,
               std::vector<FieldText>& fields) {
  const auto& reflection = *message.GetReflection();
  std::vector<FieldText> entries;
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    const Message& entry = reflection.GetRepeatedMessage(message, &field, i);
    entries.push_back({fmt::format("{}.{}", path, ScalarText(entry, *field.message_type()->map_key(), 0)),
                       ScalarText(entry, *field.message_type()->map_value(), 0)});
  }
  // Protobuf maps have no defined order.
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  fields.insert(fields.end(), entries.begin(), entries.end());
}

void AppendMessage(const Message& nested, const std::string& path, std::vector<FieldText>& fields) {
  if (std::optional<std::string> time = TextOfTime(nested)) {
    fields.push_back({path, *time});
  } else {
    Append(nested, path + ".", fields);
  }
}

void Append(const Message& message, const std::string& prefix, std::vector<FieldText>& fields) {
  const auto& reflection = *message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *message.GetDescriptor()->field(i);
    const std::string path = prefix + field.name();
    const bool is_message = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (field.is_map()) {
      AppendMap(message, field, path, fields);
    } else if (field.is_repeated()) {
      for (int j = 0; !is_message && j < reflection.FieldSize(message, &field); ++j) {
        fields.push_back({j == 0 ? path : "", ScalarText(message, field, j)});
      }
    } else if (field.has_presence() && !reflection.HasField(message, &field)) {
      continue;
    } else if (is_message) {
      AppendMessage(reflection.GetMessage(message, &field), path, fields);
    } else if (std::string text = ScalarText(message, field, 0); !text.empty()) {
      fields.push_back({path, std::move(text)});
    }
  }
}

std::string ToJson(const Message& message, bool add_whitespace) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = add_whitespace;
  options.preserve_proto_field_names = true;
  std::string json;
  // Fails only for messages that contain Any. The API has none.
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) json = "{}";
  return PrintableJson(json);
}

}  // namespace

std::string ToJson(const Message& message) { return ToJson(message, /*add_whitespace=*/true); }

std::string ToJsonLine(const Message& message) { return ToJson(message, /*add_whitespace=*/false) + "\n"; }

std::vector<FieldText> FieldsOf(const Message& message) {
  std::vector<FieldText> fields;
  Append(message, "", fields);
  return fields;
}

std::string TimeText(const google::protobuf::Timestamp& time) {
  google::protobuf::Timestamp seconds;
  seconds.set_seconds(time.seconds());
  return TimeUtil::ToString(seconds);
}

std::string ShortEnumName(const EnumValueDescriptor& value) {
  const std::string prefix = PrefixOf(*value.type());
  return value.name().starts_with(prefix) ? value.name().substr(prefix.size()) : value.name();
}

const EnumValueDescriptor* FindEnumValue(const EnumDescriptor& type, std::string_view short_name) {
  return type.FindValueByName(PrefixOf(type) + absl::AsciiStrToUpper(std::string(short_name)));
}

std::vector<std::string> EnumChoices(const EnumDescriptor& type) {
  std::vector<std::string> choices;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() != 0) choices.push_back(absl::AsciiStrToLower(ShortEnumName(*type.value(i))));
  }
  return choices;
}

}  // namespace cimd::cli
