#include "server/gateway/json/json_members.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "fmt/format.h"
#include "fmt/ranges.h"
#include "google/protobuf/descriptor.h"

namespace cimd::gateway {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr size_t kMaxProblems = 32;

// A field found by its path. A path that does not exist crashes the process. The tables are constant, so their tests
// detect such paths.
struct ConstPlace {
  const Message* message;
  const FieldDescriptor* field;
};
ConstPlace Find(const Message& root, std::string_view path) {
  const Message* message = &root;
  while (true) {
    const size_t dot = path.find('.');
    const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(std::string(path.substr(0, dot)));
    if (dot == std::string_view::npos) return {message, field};
    message = &message->GetReflection()->GetMessage(*message, field);
    path.remove_prefix(dot + 1);
  }
}

struct FieldSlot {
  Message* message;
  const FieldDescriptor* field;
};
FieldSlot FindMutable(Message& root, std::string_view path) {
  Message* message = &root;
  while (true) {
    const size_t dot = path.find('.');
    const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(std::string(path.substr(0, dot)));
    if (dot == std::string_view::npos) return {message, field};
    message = message->GetReflection()->MutableMessage(message, field);
    path.remove_prefix(dot + 1);
  }
}

std::string NameIn(Form form, const EnumDescriptor& type, int value) {
  std::string name = absl::AsciiStrToLower(ShortName(type, value));
  if (form == Form::kHyphenatedName) std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

// Keys and values of a map<string, string>, in the order of the keys.
std::map<std::string, std::string> ReadMap(const Message& message, const FieldDescriptor* field) {
  std::map<std::string, std::string> entries;
  const Reflection& reflection = *message.GetReflection();
  for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
    const Message& entry = reflection.GetRepeatedMessage(message, field, i);
    const auto text = [&](int number) {
      return entry.GetReflection()->GetString(entry, entry.GetDescriptor()->FindFieldByNumber(number));
    };
    entries.emplace(text(1), text(2));
  }
  return entries;
}

// The JSON value of a field; nullopt when it is omitted.
std::optional<json::Value> ValueOf(const ConstPlace& place, Form form) {
  const auto& [message, field] = place;
  const Reflection& reflection = *message->GetReflection();
  switch (form) {
    case Form::kText:
    case Form::kNonEmptyText: {
      std::string text = reflection.GetString(*message, field);
      if (text.empty()) return std::nullopt;
      return json::Value(std::move(text));
    }
    case Form::kFlag:
      if (field->has_presence() && !reflection.HasField(*message, field)) return std::nullopt;
      return json::Value(reflection.GetBool(*message, field));
    case Form::kNumber:
    case Form::kPositiveNumber:
      return json::Value(reflection.GetInt32(*message, field));
    case Form::kTexts: {
      json::Value texts = json::Value::array();
      for (int i = 0; i < reflection.FieldSize(*message, field); ++i) {
        texts.push_back(reflection.GetRepeatedString(*message, field, i));
      }
      if (texts.empty()) return std::nullopt;
      return texts;
    }
    case Form::kName:
    case Form::kHyphenatedName: {
      std::string name = NameIn(form, *field->enum_type(), reflection.GetEnumValue(*message, field));
      if (name.empty()) return std::nullopt;
      return json::Value(std::move(name));
    }
    case Form::kTextMap: {
      json::Value object = json::Value::object();
      for (auto& [key, value] : ReadMap(*message, field)) object[key] = value;
      if (object.empty()) return std::nullopt;
      return object;
    }
    case Form::kObjectText: {
      const std::string text = reflection.GetString(*message, field);
      if (text.empty()) return std::nullopt;
      auto parsed = json::ParseStrict(text);
      // Callers of the RPC can store text that is not a JSON object. Such text is returned as a string.
      json::Value* value = std::get_if<json::Value>(&parsed);
      return value != nullptr && value->is_object() ? std::move(*value) : json::Value(text);
    }
  }
  return std::nullopt;
}

json::Value ConstantOf(const Member& member) {
  if (const bool* flag = std::get_if<bool>(&member.constant)) return *flag;
  return std::string(std::get<std::string_view>(member.constant));
}

// The place of a property in `object`; creates nested objects as needed.
json::Value& Slot(json::Value& object, std::string_view property) {
  const size_t dot = property.find('.');
  if (dot == std::string_view::npos) return object[std::string(property)];
  return Slot(object[std::string(property.substr(0, dot))], property.substr(dot + 1));
}

// Reads one patch.
class PatchReader {
 public:
  PatchReader(Members members, Message& message, ParsedPatch& parsed)
      : members_(members), message_(message), parsed_(parsed) {}

  // `prefix` is the property of the object with its dot, empty for the whole resource.
  void ReadObject(const json::Value& object, const std::string& prefix) {
    for (const auto& [key, value] : object.items()) ReadProperty(prefix + key, key, value);
  }

 private:
  void ReadProperty(const std::string& property, const std::string& key, const json::Value& value) {
    // A key with a dot matches nothing: in tables a dot means nesting.
    const bool nameable = key.find('.') == std::string::npos;
    const Member* member = nameable ? FindMember(property) : nullptr;
    if (member != nullptr) return ReadMember(*member, value);
    const std::string prefix = property + ".";
    const bool nested = nameable && std::any_of(members_.begin(), members_.end(), [&](const Member& other) {
                          return other.property.starts_with(prefix);
                        });
    if (!nested) return Problem(property, "UNKNOWN", "is not a property that can be changed here");
    if (value.is_object()) return ReadObject(value, prefix);
    if (!value.is_null()) return Problem(property, "TYPE", "must be an object");
    for (const Member& other : members_) {
      if (other.property.starts_with(prefix)) ReadMember(other, value);
    }
  }

  void ReadMember(const Member& member, const json::Value& value) {
    if (member.field.empty()) {
      if (value.is_null() || value == ConstantOf(member)) return;
      return Problem(member.property, "CONSTANT", fmt::format("must be {}", ConstantOf(member).dump()));
    }
    if (member.form == Form::kTextMap && value.is_object()) return ReadMapChanges(member, value);
    if (!value.is_null() && !ReadValue(member, FindMutable(message_, member.field), value)) return;
    parsed_.mask.add_paths(std::string(member.field));
  }

  // Sets a field; false when the value is a problem.
  bool ReadValue(const Member& member, const FieldSlot& place, const json::Value& value) {
    const auto& [message, field] = place;
    const Reflection& reflection = *message->GetReflection();
    switch (member.form) {
      case Form::kText:
      case Form::kNonEmptyText:
        if (!value.is_string()) return Refuse(member, "TYPE", "must be a string");
        if (member.form == Form::kNonEmptyText && value.get_ref<const std::string&>().empty()) {
          return Refuse(member, "REQUIRED", "must not be empty");
        }
        reflection.SetString(message, field, value.get<std::string>());
        return true;
      case Form::kFlag:
        if (!value.is_boolean()) return Refuse(member, "TYPE", "must be true or false");
        reflection.SetBool(message, field, value.get<bool>());
        return true;
      case Form::kNumber:
      case Form::kPositiveNumber: {
        const int64_t least = member.form == Form::kPositiveNumber ? 1 : std::numeric_limits<int32_t>::min();
        constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
        if (!value.is_number_integer()) return Refuse(member, "TYPE", "must be an integer");
        const bool too_large = value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(kMost);
        if (too_large || value.get<int64_t>() < least) {
          return Refuse(member, "OUT_OF_RANGE", fmt::format("must be from {} to {}", least, kMost));
        }
        reflection.SetInt32(message, field, value.get<int32_t>());
        return true;
      }
      case Form::kTexts:
        if (!IsTexts(value)) return Refuse(member, "TYPE", "must be an array of strings");
        for (const json::Value& text : value) reflection.AddString(message, field, text.get<std::string>());
        return true;
      case Form::kName:
      case Form::kHyphenatedName:
        return ReadName(member, place, value);
      case Form::kTextMap:
        return Refuse(member, "TYPE", "must be an object");
      case Form::kObjectText:
        if (!value.is_object()) return Refuse(member, "TYPE", "must be an object");
        CheckNumbers(value, std::string(member.property), parsed_.problems);
        reflection.SetString(message, field, value.dump());
        return true;
    }
    return false;
  }

  bool ReadName(const Member& member, const FieldSlot& place, const json::Value& value) {
    const EnumDescriptor& type = *place.field->enum_type();
    std::vector<std::string> names;
    for (int i = 0; i < type.value_count(); ++i) {
      std::string name = NameIn(member.form, type, type.value(i)->number());
      if (name.empty()) continue;
      if (value.is_string() && value.get_ref<const std::string&>() == name) {
        place.message->GetReflection()->SetEnumValue(place.message, place.field, type.value(i)->number());
        return true;
      }
      names.push_back(std::move(name));
    }
    return Refuse(member, "FORMAT", fmt::format("must be one of: {}", fmt::join(names, ", ")));
  }

  void ReadMapChanges(const Member& member, const json::Value& object) {
    for (const auto& [key, value] : object.items()) {
      if (value.is_null()) {
        parsed_.map_changes[key] = std::nullopt;
      } else if (value.is_string()) {
        parsed_.map_changes[key] = value.get<std::string>();
      } else {
        Problem(fmt::format("{}.{}", member.property, key), "TYPE", "must be a string or null");
      }
    }
  }

  static bool IsTexts(const json::Value& value) {
    return value.is_array() &&
           std::all_of(value.begin(), value.end(), [](const json::Value& element) { return element.is_string(); });
  }

  const Member* FindMember(std::string_view property) const {
    for (const Member& member : members_) {
      if (member.property == property) return &member;
    }
    return nullptr;
  }

  bool Refuse(const Member& member, std::string_view reason, std::string message) {
    Problem(member.property, reason, std::move(message));
    return false;
  }

  void Problem(std::string_view property, std::string_view reason, std::string message) {
    if (parsed_.problems.size() == kMaxProblems) return;
    parsed_.problems.push_back({std::string(property), std::string(reason), std::move(message)});
  }

  const Members members_;
  Message& message_;
  ParsedPatch& parsed_;
};

}  // namespace

std::string ShortName(const EnumDescriptor& type, int value) {
  const google::protobuf::EnumValueDescriptor* found = type.FindValueByNumber(value);
  if (found == nullptr || value == 0) return {};
  // Protobuf's style guide requires the name PREFIX_UNSPECIFIED for the value 0.
  const size_t prefix = type.FindValueByNumber(0)->name().size() - std::string_view("UNSPECIFIED").size();
  return found->name().substr(prefix);
}

void AddMembers(const Message& message, Members members, json::Value& object) {
  for (const Member& member : members) {
    if (member.field.empty()) {
      Slot(object, member.property) = ConstantOf(member);
    } else if (std::optional<json::Value> value = ValueOf(Find(message, member.field), member.form)) {
      Slot(object, member.property) = *std::move(value);
    }
  }
}

void AddFields(const Message& message, Members members, json::Value& object) {
  for (const Member& member : members) {
    if (!member.field.empty()) AddMembers(message, Members(&member, 1), object);
  }
}

ParsedPatch ReadPatch(const json::Value& patch, Members members, Message& message) {
  ParsedPatch parsed;
  PatchReader(members, message, parsed).ReadObject(patch, "");
  return parsed;
}

void ReadElements(const json::Value& array, std::string_view property, Members members,
                  absl::FunctionRef<Message&()> add, std::vector<ErrorDetail>& problems) {
  if (!array.is_array()) {
    problems.push_back({std::string(property), "TYPE", "must be an array"});
    return;
  }
  for (size_t i = 0; i < array.size() && problems.size() < kMaxProblems; ++i) {
    const std::string element = fmt::format("{}[{}]", property, i);
    if (!array[i].is_object()) {
      problems.push_back({element, "TYPE", "must be an object"});
      continue;
    }
    for (ErrorDetail& problem : ReadPatch(array[i], members, add()).problems) {
      problem.field = fmt::format("{}.{}", element, problem.field);
      problems.push_back(std::move(problem));
    }
  }
}

void CheckNumbers(const json::Value& value, const std::string& property, std::vector<ErrorDetail>& problems) {
  constexpr int64_t kMost = int64_t{1} << 53;
  if (value.is_structured()) {
    for (const auto& [key, element] : value.items()) {
      CheckNumbers(element,
                   value.is_array() ? fmt::format("{}[{}]", property, key) : fmt::format("{}.{}", property, key),
                   problems);
    }
    return;
  }
  bool exact = true;
  if (value.is_number_unsigned()) {
    exact = value.get<uint64_t>() <= static_cast<uint64_t>(kMost);
  } else if (value.is_number_integer()) {
    exact = value.get<int64_t>() >= -kMost;
  } else if (value.is_number_float()) {
    // The parser reads integers beyond 64 bits as doubles, which may have lost digits.
    exact = std::abs(value.get<double>()) < static_cast<double>(kMost);
  }
  if (exact || problems.size() >= kMaxProblems) return;
  problems.push_back({property, "OUT_OF_RANGE", "must be a number up to 2^53; write larger ones as a string"});
}

std::optional<json::Value> TakeMember(json::Value& object, const std::string& property) {
  const auto found = object.find(property);
  if (found == object.end()) return std::nullopt;
  std::optional<json::Value> value = std::move(*found);
  object.erase(found);
  return value;
}

std::string LastSegment(std::string_view name) { return std::string(name.substr(name.rfind('/') + 1)); }

std::string PropertyOf(std::string_view field, std::string_view root, Members members) {
  if (field.starts_with(root)) field.remove_prefix(root.size());
  for (const Member& member : members) {
    if (member.field.empty() || !field.starts_with(member.field)) continue;
    std::string_view rest = field.substr(member.field.size());
    if (rest.empty() || rest.front() == '[' || rest.front() == ' ') return fmt::format("{}{}", member.property, rest);
  }
  return std::string(field);
}

}  // namespace cimd::gateway
