#include "server/metadata/document_members.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/json/json_path.h"
#include "server/metadata/document_rules.h"

namespace cimd::metadata {

DocumentMembers::DocumentMembers(const json::Value& document, bool lenient) : lenient_(lenient) {
  for (const auto& [name, value] : document.get_ref<const json::Value::object_t&>()) {
    members_.emplace(name, Member{names_.size(), &value});
    names_.push_back(name);
  }
}

const json::Value* DocumentMembers::Find(std::string_view name) const {
  const json::Value* value = FindWritten(name);
  return lenient_ && value != nullptr && json::IsNullOrEmpty(*value) ? nullptr : value;
}

const json::Value* DocumentMembers::FindWritten(std::string_view name) const {
  const auto it = members_.find(name);
  return it == members_.end() ? nullptr : it->second.value;
}

std::optional<std::string_view> DocumentMembers::String(std::string_view name) {
  const json::Value* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) {
    Violation(name, v1::FINDING_REASON_MEMBER_TYPE, absl::StrCat(value->type_name(), " where a string is due"));
    return std::nullopt;
  }
  return value->get_ref<const std::string&>();
}

std::optional<std::vector<StringElement>> DocumentMembers::Strings(std::string_view name) {
  const json::Value* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_array()) {
    Violation(name, v1::FINDING_REASON_MEMBER_TYPE,
              absl::StrCat(value->type_name(), " where an array of strings is due"));
    return std::nullopt;
  }
  if (value->size() > kMaxArrayElements) {
    Violation(name, v1::FINDING_REASON_MEMBER_TOO_MANY,
              absl::StrCat(value->size(), " elements; at most ", kMaxArrayElements, " are allowed"));
  }
  std::vector<StringElement> elements;
  for (size_t i = 0; i < std::min(value->size(), kMaxArrayElements); ++i) {
    const json::Value& element = (*value)[i];
    if (element.is_string()) {
      elements.push_back({i, element.get_ref<const std::string&>()});
    } else {
      AddToElement(ViolationIf(!lenient_), name, i, v1::FINDING_REASON_MEMBER_TYPE,
                   absl::StrCat(element.type_name(), " where a string is due", lenient_ ? "; left out" : ""));
    }
  }
  return elements;
}

void DocumentMembers::Violation(std::string_view name, v1::FindingReason reason, std::string message) {
  Add(Severity::kViolation, name, reason, std::move(message));
}

void DocumentMembers::Warning(std::string_view name, v1::FindingReason reason, std::string message) {
  Add(Severity::kWarning, name, reason, std::move(message));
}

void DocumentMembers::Add(Severity severity, std::string_view name, v1::FindingReason reason, std::string message) {
  Add(severity, name, 0, MakeFinding(reason, json::MemberPath("$", name), std::move(message)));
}

void DocumentMembers::AddToElement(Severity severity, std::string_view name, size_t index, v1::FindingReason reason,
                                   std::string message) {
  std::string path = json::ElementPath(json::MemberPath("$", name), index);
  Add(severity, name, index + 1, MakeFinding(reason, std::move(path), std::move(message)));
}

void DocumentMembers::ViolationAt(std::string_view name, std::string path, v1::FindingReason reason,
                                  std::string message) {
  Add(Severity::kViolation, name, 0, MakeFinding(reason, std::move(path), std::move(message)));
}

void DocumentMembers::Add(Severity severity, std::string_view name, size_t element, v1::Finding finding) {
  const auto it = members_.find(name);
  const size_t member = it == members_.end() ? names_.size() : it->second.position;
  findings_.push_back({member, element, severity, std::move(finding)});
}

void DocumentMembers::MoveFindingsTo(v1::Validation& validation) {
  std::stable_sort(findings_.begin(), findings_.end(), [](const Located& a, const Located& b) {
    return std::tie(a.member, a.element) < std::tie(b.member, b.element);
  });
  for (Located& located : findings_) {
    auto* list =
        located.severity == Severity::kViolation ? validation.mutable_violations() : validation.mutable_warnings();
    *list->Add() = std::move(located.finding);
  }
  findings_.clear();
}

}  // namespace cimd::metadata
