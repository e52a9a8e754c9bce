#ifndef CIMD_SERVER_CALLERS_CALLER_IDENTITIES_H_
#define CIMD_SERVER_CALLERS_CALLER_IDENTITIES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/jose/bearer_jwt.h"
#include "server/json/strict_json.h"
#include "server/rpc/authenticator.h"

// The rules of the file of --caller_identities, which the operator writes: which JWTs and client certificates
// authenticate callers, and with which rights. For an example, see the README.
namespace cimd::callers {

// The rights that a rule grants. The file must set exactly one of "tenant" and "platform": true, so that an omitted
// member never grants access to all tenants.
struct Grant {
  std::vector<std::string> scopes;
  // Id of the tenant. Empty for the platform.
  std::string tenant;
};

// Requires one claim of a JWT to be the string `value` or, if `contains`, to be an array that has `value` as an
// element.
struct ClaimMatch {
  std::string claim;
  std::string value;
  bool contains = false;
};

// Applies to a token that matches all of `claims`, which is not empty.
struct ClaimRule {
  std::vector<ClaimMatch> claims;
  Grant grant;
};

struct Issuer {
  jose::BearerJwtExpectations expected;
  // Exactly one is set. The file is read again when it changes. The URL is fetched in the background.
  std::string jwks_file;
  std::string jwks_uri;
  // For jwks_uri only. `ca_file` adds trusted certificate authorities to those of the system. `allow_addresses` has
  // special-use address blocks that may be contacted, for issuers in the internal network.
  std::string ca_file;
  std::vector<std::string> allow_addresses;
  // The first rule that applies decides. A token to which no rule applies does not authenticate.
  std::vector<ClaimRule> rules;
};

// Applies to a certificate with this name. Exactly one of the names is set. A URI such as
// "spiffe://example.org/ns/auth/sa/server" may have "*" as its last segment, which matches any one segment. A DNS name
// may have "*" as its first label, which matches any one label. A certificate with several URIs has no SPIFFE id
// (X.509-SVID section 5.2): no URI rule applies to it.
struct CertificateRule {
  std::string uri;
  std::string dns_name;
  Grant grant;
};

struct CallerIdentities {
  std::vector<Issuer> issuers;
  // The first rule that applies decides.
  std::vector<CertificateRule> certificates;
};

// Parses the file. INVALID_ARGUMENT lists every mistake with its path: unknown or missing members, wrong types, unknown
// scopes.
absl::StatusOr<CallerIdentities> ParseCallerIdentities(std::string_view json);

// The first rule that applies. Null when none does. `claims` is the payload of a verified token, an object.
const ClaimRule* FindRule(const Issuer& issuer, const json::Value& claims);

// The first certificate rule that applies, with the name in the certificate that matched. `rule` is null when none
// does.
struct CertificateMatch {
  const CertificateRule* rule = nullptr;
  std::string name;
};
CertificateMatch FindRule(const CallerIdentities& identities, const rpc::PeerCertificate& certificate);

}  // namespace cimd::callers

#endif  // CIMD_SERVER_CALLERS_CALLER_IDENTITIES_H_
