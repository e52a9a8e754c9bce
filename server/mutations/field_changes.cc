#include "server/mutations/field_changes.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/message_differencer.h"
#include "server/crypto/sha256.h"
#include "server/text/utf8.h"

namespace cimd::services {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Full names of fields whose values must not appear in audit events.
constexpr std::string_view kSecretFields[] = {"cimd.v1.Connection.options"};

// Marks a value that was cut.
constexpr std::string_view kCut = "...";

// Fields that every write sets or that the event has anyway.
constexpr std::string_view kUntoldFields[] = {"name", "etag", "create_time", "update_time"};

bool IsSecret(const FieldDescriptor& field) {
  return std::find(std::begin(kSecretFields), std::end(kSecretFields), field.full_name()) != std::end(kSecretFields);
}

bool IsUntold(const FieldDescriptor& field) {
  return std::find(std::begin(kUntoldFields), std::end(kUntoldFields), field.name()) != std::end(kUntoldFields);
}

// Whether a message is reported as one value. Well-known types are, in their JSON form.
bool IsValue(const FieldDescriptor& field) {
  return std::string_view(field.message_type()->full_name()).starts_with("google.protobuf.");
}

std::string JsonOf(const Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  // Every message of the API has a JSON form. If one had none, the change must not fail for that.
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) json.clear();
  if (json.size() >= 2 && json.front() == '"') json = json.substr(1, json.size() - 2);
  return json;
}

template <typename Number>
std::string NumberText(Number number) {
  return number == Number() ? std::string() : fmt::to_string(number);
}

std::string EnumText(const FieldDescriptor& field, int number) {
  if (number == 0) return {};
  const auto* value = field.enum_type()->FindValueByNumber(number);
  return value == nullptr ? fmt::to_string(number) : value->name();
}

// The text of a singular field. Empty for the default value.
std::string TextOf(const Message& message, const FieldDescriptor& field) {
  const auto& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return NumberText(reflection.GetInt32(message, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return NumberText(reflection.GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return NumberText(reflection.GetUInt32(message, &field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return NumberText(reflection.GetUInt64(message, &field));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return NumberText(reflection.GetDouble(message, &field));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return NumberText(reflection.GetFloat(message, &field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(message, &field) ? "true" : "";
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumText(field, reflection.GetEnumValue(message, &field));
    case FieldDescriptor::CPPTYPE_STRING:
      return field.type() == FieldDescriptor::TYPE_BYTES ? crypto::Sha256Hex(reflection.GetString(message, &field))
                                                         : reflection.GetString(message, &field);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return reflection.HasField(message, &field) ? JsonOf(reflection.GetMessage(message, &field)) : std::string();
  }
  return {};
}

std::vector<std::string> ElementsOf(const Message& message, const FieldDescriptor& field) {
  const auto& reflection = *message.GetReflection();
  std::vector<std::string> elements;
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        elements.push_back(reflection.GetRepeatedString(message, &field, i));
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        elements.push_back(EnumText(field, reflection.GetRepeatedEnumValue(message, &field, i)));
        break;
      case FieldDescriptor::CPPTYPE_MESSAGE:
        elements.push_back(JsonOf(reflection.GetRepeatedMessage(message, &field, i)));
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        elements.push_back(fmt::to_string(reflection.GetRepeatedInt32(message, &field, i)));
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        elements.push_back(fmt::to_string(reflection.GetRepeatedInt64(message, &field, i)));
        break;
      default:
        elements.emplace_back(field.name());
    }
  }
  return elements;
}

void AddListChanges(const std::vector<std::string>& before, const std::vector<std::string>& after,
                    std::string_view field, storage::AuditRecord& event) {
  const std::set<std::string_view> old_elements(before.begin(), before.end());
  const std::set<std::string_view> new_elements(after.begin(), after.end());
  for (const std::string& element : after) {
    if (!old_elements.contains(element)) AddFieldChange(field, std::nullopt, element, event);
  }
  for (const std::string& element : before) {
    if (!new_elements.contains(element)) AddFieldChange(field, element, std::nullopt, event);
  }
}

std::optional<std::string_view> OrNothing(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
}

bool IsSame(const Message& before, const Message& after, const FieldDescriptor& field) {
  google::protobuf::util::MessageDifferencer differencer;
  return differencer.CompareWithFields(before, after, {&field}, {&field});
}

std::string Cut(std::string_view value) {
  // A value that was cut before is unchanged.
  if (value.size() <= kMaxChangeValueBytes + kCut.size()) return std::string(value);
  return fmt::format("{}{}", text::CutUtf8(value, kMaxChangeValueBytes), kCut);
}

void AddChanges(const Message& before, const Message& after, std::string_view path, bool outermost,
                storage::AuditRecord& event) {
  const auto& descriptor = *before.GetDescriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    if ((outermost && IsUntold(field)) || IsSame(before, after, field)) continue;
    const std::string name = fmt::format("{}{}", path, field.name());
    if (IsSecret(field)) {
      AddFieldChange(name, std::nullopt, std::nullopt, event);
    } else if (field.is_repeated()) {
      AddListChanges(ElementsOf(before, field), ElementsOf(after, field), name, event);
    } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !IsValue(field)) {
      const auto& reflection = *before.GetReflection();
      AddChanges(reflection.GetMessage(before, &field), reflection.GetMessage(after, &field), name + ".",
                 /*outermost=*/false, event);
    } else {
      const std::string old_text = TextOf(before, field);
      const std::string new_text = TextOf(after, field);
      AddFieldChange(name, OrNothing(old_text), OrNothing(new_text), event);
    }
  }
}

// Clears untold fields of the outermost message, and secret fields at any depth.
void Clear(Message& message, bool untold, bool secret) {
  const auto& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if ((untold && IsUntold(*field)) || (secret && IsSecret(*field))) {
      reflection.ClearField(&message, field);
    } else if (secret && field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field->is_repeated()) {
      Clear(*reflection.MutableMessage(&message, field), false, true);
    }
  }
}

}  // namespace

void AddFieldChange(std::string_view field, std::optional<std::string_view> old_value,
                    std::optional<std::string_view> new_value, storage::AuditRecord& event) {
  if (event.changes_size() >= kMaxChanges) {
    event.set_omitted_changes(event.omitted_changes() + 1);
    return;
  }
  v1::FieldChange& change = *event.add_changes();
  change.set_field(std::string(field));
  if (old_value.has_value()) change.set_old_value(Cut(*old_value));
  if (new_value.has_value()) change.set_new_value(Cut(*new_value));
}

void BoundFieldChanges(storage::AuditRecord& event) {
  if (event.changes_size() > kMaxChanges) {
    event.set_omitted_changes(event.omitted_changes() + event.changes_size() - kMaxChanges);
    event.mutable_changes()->DeleteSubrange(kMaxChanges, event.changes_size() - kMaxChanges);
  }
  for (v1::FieldChange& change : *event.mutable_changes()) {
    if (change.has_old_value()) change.set_old_value(Cut(change.old_value()));
    if (change.has_new_value()) change.set_new_value(Cut(change.new_value()));
  }
}

void AddFieldChanges(const Message& before, const Message& after, std::string_view path, storage::AuditRecord& event) {
  AddChanges(before, after, path, /*outermost=*/true, event);
}

bool IsChanged(const Message& before, const Message& after) {
  const std::unique_ptr<Message> old_state(before.New());
  const std::unique_ptr<Message> new_state(after.New());
  old_state->CopyFrom(before);
  new_state->CopyFrom(after);
  Clear(*old_state, /*untold=*/true, /*secret=*/false);
  Clear(*new_state, /*untold=*/true, /*secret=*/false);
  return !google::protobuf::util::MessageDifferencer::Equals(*old_state, *new_state);
}

std::string ResourceDigest(const Message& resource) {
  const std::unique_ptr<Message> told(resource.New());
  told->CopyFrom(resource);
  Clear(*told, /*untold=*/false, /*secret=*/true);
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream output(&stream);
    // Serializes map entries in a fixed order.
    output.SetSerializationDeterministic(true);
    told->SerializeToCodedStream(&output);
  }
  return crypto::Sha256Hex(bytes);
}

}  // namespace cimd::services
