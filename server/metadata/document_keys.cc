#include <algorithm>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "server/jose/jwk.h"
#include "server/json/json_path.h"
#include "server/metadata/document_parts.h"
#include "server/metadata/findings.h"
#include "server/metadata/host.h"
#include "server/metadata/uri.h"

namespace cimd::metadata {
namespace {

using std::string_view;

constexpr string_view kJwksUri = "jwks_uri";
constexpr string_view kJwks = "jwks";

// Finds private keys anywhere in the document, not only in jwks: a key that is published anywhere is compromised.
void FindPrivateKeys(DocumentMembers& members, string_view name, const json::Value& value, const std::string& path,
                     bool is_key) {
  if (value.is_array()) {
    for (size_t i = 0; i < value.size(); ++i) {
      FindPrivateKeys(members, name, value[i], json::ElementPath(path, i), is_key);
    }
  }
  if (!value.is_object()) return;
  const auto& object = value.get_ref<const json::Value::object_t&>();
  is_key |= value.contains("kty");
  if (is_key && !jose::PrivateMembers(value).empty()) {
    members.ViolationAt(name, path, v1::FINDING_REASON_PRIVATE_KEY_PRESENT,
                        "a private or symmetric key is published here; it has to be replaced");
  }
  for (const auto& [member_name, member] : object) {
    const bool keys = name == kJwks && &value == members.FindWritten(kJwks) && member_name == "keys";
    FindPrivateKeys(members, name, member, json::MemberPath(path, member_name), keys);
  }
}

void JudgeSecrets(DocumentPart& part) {
  for (string_view name : part.members.names()) {
    if (name.starts_with("client_secret")) {
      part.members.Violation(name, v1::FINDING_REASON_CLIENT_SECRET_PRESENT,
                             "a public document cannot hold a client secret or speak of one");
    }
    FindPrivateKeys(part.members, name, *part.members.FindWritten(name), json::MemberPath("$", name), false);
  }
}

// Why the URI cannot be used as a jwks_uri; empty when it can.
string_view FaultOfJwksUri(string_view text, const DocumentRules& rules) {
  const auto uri = SplitUri(text);
  if (!uri.has_value() || !HasScheme(*uri, "https")) return "is not an https URL";
  if (uri->scheme != "https") return "does not write its scheme in lower case";
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

// The severity of a fault in the keys. In STANDARD it is a warning for a client that authenticates without a key.
Severity SeverityOfKeyFault(const DocumentPart& part) {
  return ViolationIf(part.rules.strict() || part.metadata.token_endpoint_auth_method() != "none");
}

void JudgeJwksUri(DocumentPart& part, string_view uri) {
  const Severity severity = SeverityOfKeyFault(part);
  const auto refuse = [&](v1::FindingReason reason, std::string message) {
    const bool warning = severity == Severity::kWarning;
    part.members.Add(
        severity, kJwksUri, reason,
        absl::StrCat(message, warning ? "; not used, because the client authenticates without a key" : ""));
  };
  if (uri.size() > kMaxUriBytes) {
    refuse(v1::FINDING_REASON_MEMBER_TOO_LONG,
           absl::StrCat(uri.size(), " bytes; at most ", kMaxUriBytes, " are allowed"));
  } else if (const string_view fault = FaultOfJwksUri(uri, part.rules); !fault.empty()) {
    refuse(v1::FINDING_REASON_JWKS_URI_INVALID, absl::StrCat(Quoted(uri), " ", std::string(fault)));
  } else if (const std::string origin = Origin(*SplitUri(uri)); origin != part.url.origin) {
    refuse(v1::FINDING_REASON_JWKS_URI_OTHER_ORIGIN,
           absl::StrCat("keys at ", Quoted(origin), " are not those of ", Quoted(part.url.origin),
                        ", where the document lives"));
  } else {
    part.metadata.set_jwks_uri(std::string(uri));
  }
}

void JudgeInlineKeys(DocumentPart& part, const json::Value& jwks) {
  part.members.Add(ViolationIf(part.rules.strict()), kJwks, v1::FINDING_REASON_JWKS_INLINE,
                   part.rules.strict() ? "keys have to be published behind jwks_uri"
                                       : "keys inside the document are kept with its version; jwks_uri lets them be "
                                         "replaced without a change of the document");
  const json::Value* keys = jwks.is_object() && jwks.contains("keys") ? &jwks["keys"] : nullptr;
  const bool well_formed = keys != nullptr && keys->is_array() &&
                           std::all_of(keys->begin(), keys->end(), [](const auto& key) { return key.is_object(); });
  if (!well_formed) {
    part.members.Add(SeverityOfKeyFault(part), kJwks, v1::FINDING_REASON_MEMBER_TYPE,
                     "not a JWK set: an object with an array of objects, keys");
  } else if (keys->empty()) {
    part.members.Add(SeverityOfKeyFault(part), kJwks, v1::FINDING_REASON_MEMBER_EMPTY, "the JWK set has no keys");
  }
}

}  // namespace

void JudgeKeys(DocumentPart part) {
  JudgeSecrets(part);
  if (const auto uri = part.members.String(kJwksUri); uri.has_value()) JudgeJwksUri(part, *uri);
  const json::Value* jwks = part.members.Find(kJwks);
  if (jwks != nullptr) JudgeInlineKeys(part, *jwks);
  const bool has_uri = part.members.Find(kJwksUri) != nullptr;
  if (jwks != nullptr && has_uri) {
    part.members.Violation(kJwks, v1::FINDING_REASON_JWKS_AND_JWKS_URI, "jwks and jwks_uri exclude each other");
  }
  const bool has_keys = has_uri || (jwks != nullptr && !part.rules.strict());
  if (part.metadata.token_endpoint_auth_method() == "private_key_jwt" && !has_keys) {
    part.members.Violation(kJwksUri, v1::FINDING_REASON_JWKS_URI_MISSING,
                           "private_key_jwt needs jwks_uri, where the client's public keys are");
  }
}

}  // namespace cimd::metadata
