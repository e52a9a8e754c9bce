#ifndef CIMD_SERVER_CALLERS_CALLER_IDENTITIES_H_
#define CIMD_SERVER_CALLERS_CALLER_IDENTITIES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/jose/bearer_jwt.h"
#include "server/json/strict_json.h"
#include "server/rpc/authenticator.h"

// Which JWTs and client certificates are callers, and what those may do: the file of --caller_identities, which the
// operator writes. The README has an example.
namespace cimd::callers {

// What a rule gives. Exactly one of "tenant" and "platform": true has to be said, so that nobody comes to reach
// everything by leaving something out.
struct Grant {
  std::vector<std::string> scopes;
  // Id of a tenant; empty for the platform.
  std::string tenant;
};

// One claim of a JWT: a string that is `value`, or an array that has it, as `contains` says.
struct ClaimMatch {
  std::string claim;
  std::string value;
  bool contains = false;
};

// Applies to a token that has all of `claims`, of which there is at least one.
struct ClaimRule {
  std::vector<ClaimMatch> claims;
  Grant grant;
};

struct Issuer {
  jose::BearerJwtExpectations expected;
  // One of the two. The file is read again when it changes; the URL in the background.
  std::string jwks_file;
  std::string jwks_uri;
  // For jwks_uri: authorities to trust besides the system's, and address blocks that may be contacted although they are
  // special-use, for issuers inside of the network.
  std::string ca_file;
  std::vector<std::string> allow_addresses;
  // The first that applies decides; a token that none applies to is nobody's.
  std::vector<ClaimRule> rules;
};

// Applies to a certificate with this name: a URI such as "spiffe://example.org/ns/auth/sa/server", in which a last
// segment "*" stands for any one segment, or a DNS name, in which a first label "*" stands for any one label. A
// certificate with several URIs has no SPIFFE id (X.509-SVID section 5.2), and no URI rule applies to it.
struct CertificateRule {
  std::string uri;
  std::string dns_name;
  Grant grant;
};

struct CallerIdentities {
  std::vector<Issuer> issuers;
  // The first that applies decides.
  std::vector<CertificateRule> certificates;
};

// INVALID_ARGUMENT with every mistake and its place: unknown and missing members, types, scopes that there are not.
absl::StatusOr<CallerIdentities> ParseCallerIdentities(std::string_view json);

// The rule that applies; null when none does. `claims` is the verified payload of a token, an object.
const ClaimRule* FindRule(const Issuer& issuer, const json::Value& claims);

// The same, with the name in the certificate that it applies to.
struct CertificateMatch {
  const CertificateRule* rule = nullptr;
  std::string name;
};
CertificateMatch FindRule(const CallerIdentities& identities, const rpc::PeerCertificate& certificate);

}  // namespace cimd::callers

#endif  // CIMD_SERVER_CALLERS_CALLER_IDENTITIES_H_
