#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "server/jose/algorithm.h"
#include "server/metadata/document_parts.h"
#include "server/metadata/findings.h"

namespace cimd::metadata {
namespace {

using std::string_view;

constexpr string_view kMethod = "token_endpoint_auth_method";
constexpr string_view kMethods = "token_endpoint_auth_methods_supported";
constexpr string_view kSigningAlg = "token_endpoint_auth_signing_alg";
constexpr string_view kNone = "none";
constexpr string_view kPrivateKeyJwt = "private_key_jwt";

// Strongest first.
constexpr string_view kSupportedMethods[] = {kPrivateKeyJwt, kNone};

bool IsSharedSecretMethod(string_view method) { return method.starts_with("client_secret"); }

std::string SharedSecretMessage(string_view method) {
  return absl::StrCat("method ", Quoted(method), " rests on a shared secret, which a public document cannot hold");
}

std::string UnsupportedMessage(string_view method) {
  return absl::StrCat("method ", Quoted(method), " is not supported; none and private_key_jwt are");
}

// Refuses shared-secret methods in token_endpoint_auth_methods_supported, in both profiles.
void RefuseSharedSecretMethods(DocumentPart& part) {
  const json::Value* listed = part.members.Find(kMethods);
  if (listed == nullptr || !listed->is_array()) return;
  for (size_t i = 0; i < std::min(listed->size(), kMaxArrayElements); ++i) {
    if (!(*listed)[i].is_string()) continue;
    const auto& method = (*listed)[i].get_ref<const std::string&>();
    if (!IsSharedSecretMethod(method)) continue;
    part.members.AddToElement(Severity::kViolation, kMethods, i, v1::FINDING_REASON_AUTH_METHOD_SHARED_SECRET,
                              SharedSecretMessage(method));
  }
}

// The method of a document without token_endpoint_auth_methods_supported. Empty when it cannot be used.
string_view SingleMethod(DocumentPart& part, std::optional<string_view> method) {
  if (part.members.Find(kMethod) == nullptr) {
    if (!part.rules.strict()) {
      part.members.Warning(kMethod, v1::FINDING_REASON_AUTH_METHOD_DEFAULTED,
                           "token_endpoint_auth_method is absent; taken to be none");
    }
    return kNone;
  }
  if (!method.has_value() || IsSharedSecretMethod(*method)) return "";
  if (!absl::c_linear_search(kSupportedMethods, *method)) {
    part.members.Violation(kMethod, v1::FINDING_REASON_AUTH_METHOD_UNSUPPORTED, UnsupportedMessage(*method));
    return "";
  }
  return *method;
}

// The strongest supported method of a document that lists several (OpenID RP Metadata Choices); empty when there is
// none. Adds all supported ones to the metadata.
string_view StrongestMethod(DocumentPart& part, std::optional<string_view> singular,
                            const std::vector<StringElement>& listed) {
  const auto is_listed = [&](string_view method) {
    return std::any_of(listed.begin(), listed.end(), [&](const StringElement& e) { return e.value == method; });
  };
  if (singular.has_value() && !is_listed(*singular)) {
    part.members.Violation(
        kMethod, v1::FINDING_REASON_AUTH_METHOD_NOT_LISTED,
        absl::StrCat("method ", Quoted(*singular), " is not among token_endpoint_auth_methods_supported"));
  }
  if (listed.empty()) {
    part.members.Violation(kMethods, v1::FINDING_REASON_MEMBER_EMPTY,
                           "token_endpoint_auth_methods_supported lists no method");
    return "";
  }
  for (const StringElement& element : listed) {
    if (absl::c_linear_search(kSupportedMethods, element.value) || IsSharedSecretMethod(element.value)) continue;
    part.members.AddToElement(Severity::kWarning, kMethods, element.index, v1::FINDING_REASON_AUTH_METHOD_UNSUPPORTED,
                              UnsupportedMessage(element.value));
  }
  string_view strongest;
  for (string_view method : kSupportedMethods) {
    if (!is_listed(method)) continue;
    if (strongest.empty()) strongest = method;
    part.metadata.add_token_endpoint_auth_methods_supported(std::string(method));
  }
  if (strongest.empty()) {
    part.members.Violation(kMethods, v1::FINDING_REASON_AUTH_METHOD_UNSUPPORTED,
                           "none of the methods is supported; none and private_key_jwt are");
  } else if (singular != strongest) {
    part.members.Warning(
        kMethods, v1::FINDING_REASON_AUTH_METHOD_CHOSEN,
        absl::StrCat(std::string(strongest), " was chosen: the strongest listed method that is supported"));
  }
  return strongest;
}

void JudgeMethods(DocumentPart& part) {
  RefuseSharedSecretMethods(part);
  const std::optional<string_view> singular = part.members.String(kMethod);
  if (singular.has_value() && IsSharedSecretMethod(*singular)) {
    part.members.Violation(kMethod, v1::FINDING_REASON_AUTH_METHOD_SHARED_SECRET, SharedSecretMessage(*singular));
  }
  if (part.rules.strict() || part.members.Find(kMethods) == nullptr) {
    const string_view method = SingleMethod(part, singular);
    part.metadata.set_token_endpoint_auth_method(std::string(method));
    if (!method.empty()) part.metadata.add_token_endpoint_auth_methods_supported(std::string(method));
  } else if (const auto listed = part.members.Strings(kMethods); listed.has_value()) {
    part.metadata.set_token_endpoint_auth_method(std::string(StrongestMethod(part, singular, *listed)));
  }
}

void JudgeSigningAlg(DocumentPart& part) {
  if (part.rules.strict()) return;
  const auto alg = part.members.String(kSigningAlg);
  if (!alg.has_value()) return;
  if (jose::ParseAlgorithm(*alg).has_value()) {
    part.metadata.set_token_endpoint_auth_signing_alg(std::string(*alg));
    return;
  }
  const bool insecure = *alg == "none" || alg->starts_with("HS");
  const bool needed = part.metadata.token_endpoint_auth_method() == kPrivateKeyJwt;
  part.members.Add(ViolationIf(insecure || needed), kSigningAlg, v1::FINDING_REASON_SIGNING_ALG_INVALID,
                   absl::StrCat("algorithm ", Quoted(*alg), " is not among the asymmetric ones that are supported"));
}

}  // namespace

void JudgeAuthentication(DocumentPart part) {
  JudgeMethods(part);
  JudgeSigningAlg(part);
}

}  // namespace cimd::metadata
