#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/json/json_path.h"
#include "server/metadata/document_parts.h"
#include "server/metadata/findings.h"
#include "server/metadata/host.h"
#include "server/metadata/uri.h"

namespace cimd::metadata {
namespace {

using std::string_view;

constexpr string_view kMethod = "token_endpoint_auth_method";
constexpr string_view kMethods = "token_endpoint_auth_methods_supported";
constexpr string_view kSigningAlg = "token_endpoint_auth_signing_alg";
constexpr string_view kJwksUri = "jwks_uri";
constexpr string_view kJwks = "jwks";
constexpr string_view kNone = "none";
constexpr string_view kPrivateKeyJwt = "private_key_jwt";

// Strongest first.
constexpr string_view kSupportedMethods[] = {kPrivateKeyJwt, kNone};
constexpr string_view kSupportedAlgs[] = {"RS256", "RS384", "RS512", "PS256", "PS384",  "PS512",
                                          "ES256", "ES384", "ES512", "EdDSA", "Ed25519"};
constexpr string_view kPrivateJwkMembers[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};

template <size_t N>
bool IsOneOf(const string_view (&values)[N], string_view value) {
  return std::find(std::begin(values), std::end(values), value) != std::end(values);
}

bool IsSharedSecretMethod(string_view method) { return method.starts_with("client_secret"); }

std::string SharedSecretMessage(string_view method) {
  return absl::StrCat("method ", Quoted(method), " rests on a shared secret, which a public document cannot hold");
}

std::string UnsupportedMessage(string_view method) {
  return absl::StrCat("method ", Quoted(method), " is not supported; none and private_key_jwt are");
}

// Finds private keys wherever they are, not in jwks alone: publishing one anywhere in the document gives it away.
void FindPrivateKeys(DocumentMembers& members, string_view name, const json::Value& value, const std::string& path,
                     bool is_key) {
  if (value.is_array()) {
    for (size_t i = 0; i < value.size(); ++i) {
      FindPrivateKeys(members, name, value[i], json::ElementPath(path, i), is_key);
    }
  }
  if (!value.is_object()) return;
  const auto& object = value.get_ref<const json::Value::object_t&>();
  bool has_private_member = false;
  for (const auto& [member_name, member] : object) {
    has_private_member |= IsOneOf(kPrivateJwkMembers, member_name);
    is_key |= member_name == "kty";
  }
  if (is_key && has_private_member) {
    members.ViolationAt(name, path, v1::FINDING_REASON_PRIVATE_KEY_PRESENT,
                        "a private or symmetric key is published here; it has to be replaced");
  }
  for (const auto& [member_name, member] : object) {
    const bool keys = name == kJwks && &value == members.Find(kJwks) && member_name == "keys";
    FindPrivateKeys(members, name, member, json::MemberPath(path, member_name), keys);
  }
}

void JudgeSecrets(DocumentPart& part) {
  for (string_view name : part.members.names()) {
    if (name.starts_with("client_secret")) {
      part.members.Violation(name, v1::FINDING_REASON_CLIENT_SECRET_PRESENT,
                             "a public document cannot hold a client secret or speak of one");
    }
    FindPrivateKeys(part.members, name, *part.members.Find(name), json::MemberPath("$", name), false);
  }
}

// Shared-secret methods in the plural member, in either profile.
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

// The method of a document that names one or none. Empty when it cannot be used.
string_view SingleMethod(DocumentPart& part, std::optional<string_view> method) {
  if (part.members.Find(kMethod) == nullptr) {
    if (!part.rules.strict()) {
      part.members.Warning(kMethod, v1::FINDING_REASON_AUTH_METHOD_DEFAULTED,
                           "token_endpoint_auth_method is absent; taken to be none");
    }
    return kNone;
  }
  if (!method.has_value() || IsSharedSecretMethod(*method)) return "";
  if (!IsOneOf(kSupportedMethods, *method)) {
    part.members.Violation(kMethod, v1::FINDING_REASON_AUTH_METHOD_UNSUPPORTED, UnsupportedMessage(*method));
    return "";
  }
  return *method;
}

// The strongest method of a document that lists several (RP Metadata Choices), and all supported ones into the
// metadata. Empty when there is none.
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
    if (IsOneOf(kSupportedMethods, element.value) || IsSharedSecretMethod(element.value)) continue;
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
    part.members.Warning(kMethods, v1::FINDING_REASON_AUTH_METHOD_CHOSEN,
                         absl::StrCat(std::string(strongest),
                                      " was chosen, the strongest listed method that is "
                                      "supported"));
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
  if (IsOneOf(kSupportedAlgs, *alg)) {
    part.metadata.set_token_endpoint_auth_signing_alg(std::string(*alg));
    return;
  }
  const bool insecure = *alg == "none" || alg->starts_with("HS");
  const bool needed = part.metadata.token_endpoint_auth_method() == kPrivateKeyJwt;
  part.members.Add(insecure || needed ? Severity::kViolation : Severity::kWarning, kSigningAlg,
                   v1::FINDING_REASON_SIGNING_ALG_INVALID,
                   absl::StrCat("algorithm ", Quoted(*alg), " is not among the asymmetric ones that are supported"));
}

// Why the URI cannot name a key set; empty when it can.
string_view FaultOfJwksUri(string_view text, const DocumentRules& rules) {
  const auto uri = SplitUri(text);
  if (!uri.has_value() || !HasScheme(*uri, "https")) return "is not an https URL";
  if (FindForbiddenByte(text, *uri) != string_view::npos || !IsPercentEncodingValid(text)) {
    return "has a character that no URL has";
  }
  if (uri->userinfo.has_value()) return "has a user name or password before its host";
  if (uri->fragment.has_value()) return "has a fragment";
  const HostKind host = ClassifyHost(uri->host);
  const bool special = host == HostKind::kSpecialUse || host == HostKind::kIpAddress;
  if (host != HostKind::kDomainName && !(special && rules.allow_special_hosts)) return "does not name a public host";
  if (!EffectivePort(*uri).has_value()) return "has an invalid port";
  return "";
}

void JudgeJwksUri(DocumentPart& part, string_view uri) {
  if (uri.size() > kMaxUriBytes) {
    part.members.Violation(kJwksUri, v1::FINDING_REASON_MEMBER_TOO_LONG,
                           absl::StrCat(uri.size(), " bytes; at most ", kMaxUriBytes, " are allowed"));
  } else if (const string_view fault = FaultOfJwksUri(uri, part.rules); !fault.empty()) {
    part.members.Violation(kJwksUri, v1::FINDING_REASON_JWKS_URI_INVALID,
                           absl::StrCat(Quoted(uri), " ", std::string(fault)));
  } else if (const std::string origin = Origin(*SplitUri(uri)); origin != part.url.origin) {
    part.members.Violation(kJwksUri, v1::FINDING_REASON_JWKS_URI_OTHER_ORIGIN,
                           absl::StrCat("keys at ", Quoted(origin), " are not those of ", Quoted(part.url.origin),
                                        ", where the document lives"));
  } else {
    part.metadata.set_jwks_uri(std::string(uri));
  }
}

void JudgeInlineKeys(DocumentPart& part, const json::Value& jwks) {
  part.members.Add(part.rules.strict() ? Severity::kViolation : Severity::kWarning, kJwks,
                   v1::FINDING_REASON_JWKS_INLINE,
                   part.rules.strict() ? "keys have to be published behind jwks_uri"
                                       : "keys inside the document are kept with its version; jwks_uri lets them be "
                                         "replaced without a change of the document");
  const json::Value* keys = jwks.is_object() && jwks.contains("keys") ? &jwks["keys"] : nullptr;
  const bool well_formed = keys != nullptr && keys->is_array() &&
                           std::all_of(keys->begin(), keys->end(), [](const auto& key) { return key.is_object(); });
  if (!well_formed) {
    part.members.Violation(kJwks, v1::FINDING_REASON_MEMBER_TYPE,
                           "not a JWK set: an object with an array of objects, keys");
  } else if (keys->empty()) {
    part.members.Violation(kJwks, v1::FINDING_REASON_MEMBER_EMPTY, "the JWK set has no keys");
  }
}

void JudgeKeys(DocumentPart& part) {
  if (const auto uri = part.members.String(kJwksUri); uri.has_value()) JudgeJwksUri(part, *uri);
  const json::Value* jwks = part.members.Find(kJwks);
  if (jwks != nullptr) JudgeInlineKeys(part, *jwks);
  const bool has_uri = part.members.Find(kJwksUri) != nullptr;
  if (jwks != nullptr && has_uri) {
    part.members.Violation(kJwks, v1::FINDING_REASON_JWKS_AND_JWKS_URI, "jwks and jwks_uri exclude each other");
  }
  const bool has_keys = has_uri || (jwks != nullptr && !part.rules.strict());
  if (part.metadata.token_endpoint_auth_method() == kPrivateKeyJwt && !has_keys) {
    part.members.Violation(kJwksUri, v1::FINDING_REASON_JWKS_URI_MISSING,
                           "private_key_jwt needs jwks_uri, where the client's public keys are");
  }
}

}  // namespace

void JudgeAuthentication(DocumentPart part) {
  JudgeSecrets(part);
  JudgeMethods(part);
  JudgeSigningAlg(part);
  JudgeKeys(part);
}

}  // namespace cimd::metadata
