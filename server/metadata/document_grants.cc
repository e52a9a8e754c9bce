#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/metadata/document_parts.h"
#include "server/metadata/findings.h"

namespace cimd::metadata {
namespace {

using std::string_view;

constexpr string_view kGrantTypes = "grant_types";
constexpr string_view kResponseTypes = "response_types";
constexpr string_view kAuthorizationCode = "authorization_code";
constexpr string_view kRefreshToken = "refresh_token";
constexpr string_view kImplicit = "implicit";

bool Contains(const std::vector<StringElement>& elements, string_view value) {
  return std::any_of(elements.begin(), elements.end(),
                     [&](const StringElement& element) { return element.value == value; });
}

// The grant types that the document lists or defaults to, supported or not. Absent when the member cannot be read.
std::optional<std::vector<StringElement>> AskedFor(DocumentPart& part) {
  if (part.members.Find(kGrantTypes) != nullptr) return part.members.Strings(kGrantTypes);
  if (part.rules.strict()) {
    part.members.Violation(kGrantTypes, v1::FINDING_REASON_GRANT_TYPES_MISSING, "grant_types is required");
    return std::nullopt;
  }
  part.members.Warning(kGrantTypes, v1::FINDING_REASON_GRANT_TYPES_DEFAULTED,
                       "grant_types is absent; taken to be [\"authorization_code\"]");
  return std::vector<StringElement>{{0, kAuthorizationCode}};
}

void MapSupported(DocumentPart& part, const std::vector<StringElement>& asked_for) {
  auto& mapped = *part.metadata.mutable_grant_types();
  for (const StringElement& grant : asked_for) {
    if (grant.value != kAuthorizationCode && grant.value != kRefreshToken) {
      part.members.AddToElement(Severity::kWarning, kGrantTypes, grant.index, v1::FINDING_REASON_GRANT_TYPE_DROPPED,
                                absl::StrCat("grant type ", Quoted(grant.value), " is not supported and was dropped"));
    } else if (std::find(mapped.begin(), mapped.end(), grant.value) == mapped.end()) {
      mapped.Add(std::string(grant.value));
    }
  }
  if (!mapped.empty()) return;
  if (asked_for.empty()) {
    part.members.Violation(kGrantTypes, v1::FINDING_REASON_MEMBER_EMPTY, "grant_types lists no grant type");
  } else {
    part.members.Violation(kGrantTypes, v1::FINDING_REASON_GRANT_TYPES_UNSUPPORTED,
                           "none of the grant types is supported; at least one of authorization_code and "
                           "refresh_token has to be listed");
  }
}

void CompareResponseTypes(DocumentPart& part, const std::vector<StringElement>& asked_for) {
  const auto listed = part.members.Strings(kResponseTypes);
  if (!listed.has_value()) return;
  const bool code_grant = Contains(asked_for, kAuthorizationCode);
  const auto warn = [&](string_view message) {
    part.members.Warning(kResponseTypes, v1::FINDING_REASON_RESPONSE_TYPES_INCONSISTENT, std::string(message));
  };
  if (Contains(*listed, "code") && !code_grant) {
    warn("response type code goes with grant type authorization_code, which is not listed");
  }
  if (code_grant && !Contains(*listed, "code")) {
    warn("grant type authorization_code goes with response type code, which is not listed");
  }
  if (Contains(*listed, "token") && !Contains(asked_for, kImplicit)) {
    warn("response type token goes with grant type implicit, which is not listed");
  }
}

}  // namespace

bool JudgeGrants(DocumentPart part) {
  const auto asked_for = AskedFor(part);
  if (!asked_for.has_value()) return false;
  MapSupported(part, *asked_for);
  CompareResponseTypes(part, *asked_for);
  // The implicit grant is not supported. STRICT requires redirect URIs for it, as the reference product does.
  return Contains(*asked_for, kAuthorizationCode) || (part.rules.strict() && Contains(*asked_for, kImplicit));
}

}  // namespace cimd::metadata
