#ifndef CIMD_SERVER_JOSE_BEARER_JWT_H_
#define CIMD_SERVER_JOSE_BEARER_JWT_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "server/jose/algorithm.h"
#include "server/jose/assertion_fault.h"
#include "server/jose/jwk.h"
#include "server/jose/jws.h"
#include "server/jose/registered_claims.h"
#include "server/json/strict_json.h"

namespace cimd::jose {

// JWTs as bearer tokens, from issuers that an operator trusts, such as a Kubernetes API server or an identity provider
// (RFC 9068, RFC 8725). A ParsedBearerJwt names its claimed issuer, by which the caller finds the keys. A
// VerifiedBearerJwt was signed with one of these keys. Everything here is pure and thread-safe. Tokens are
// attacker-controlled.

// The operator's requirements for the tokens of one issuer.
struct BearerJwtExpectations {
  // Compared with iss byte for byte. Empty matches nothing.
  std::string issuer;
  // The token's aud must contain at least one of these.
  std::vector<std::string> audiences;
  std::vector<Algorithm> algorithms;
  // The longest time from iat, or from now, to exp.
  absl::Duration max_lifetime = absl::Hours(1);
};

class ParsedBearerJwt {
 public:
  // kTypeForbidden unless the type is absent, "JWT" or "at+jwt": a JWT of another type, such as a client assertion, was
  // signed for another purpose.
  static OrFault<ParsedBearerJwt> Parse(std::string_view compact);

  const std::string& unverified_issuer() const { return registered_.issuer; }

 private:
  friend class VerifiedBearerJwt;
  explicit ParsedBearerJwt(Jws jws) : jws_(std::move(jws)) {}

  Jws jws_;
  RegisteredClaims registered_;
  json::Value claims_;
};

class VerifiedBearerJwt {
 public:
  // Checks the claims, then the signature (see FindSigner). iss, sub, aud and exp are required.
  static OrFault<VerifiedBearerJwt> Verify(ParsedBearerJwt jwt, const BearerJwtExpectations& expected,
                                           absl::Span<const Jwk> keys, absl::Time now);

  const std::string& issuer() const { return jwt_.registered_.issuer; }
  const std::string& subject() const { return jwt_.registered_.subject; }
  absl::Time expire_time() const { return *jwt_.registered_.expiry + kMaxClockSkew; }
  // A JSON object.
  const json::Value& claims() const { return jwt_.claims_; }

 private:
  explicit VerifiedBearerJwt(ParsedBearerJwt jwt) : jwt_(std::move(jwt)) {}

  ParsedBearerJwt jwt_;
};

}  // namespace cimd::jose

#endif  // CIMD_SERVER_JOSE_BEARER_JWT_H_
