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

// JWTs of issuers that an operator trusts, such as a Kubernetes API server or an identity provider, as bearer tokens
// (RFC 9068, RFC 8725). A ParsedBearerJwt names the issuer that it claims to have, by which the keys are found; a
// VerifiedBearerJwt was signed with one of them. Everything here is pure and thread-safe. Tokens are
// attacker-controlled.

// What an operator expects of one issuer's tokens.
struct BearerJwtExpectations {
  // Compared byte for byte with iss. Empty matches nothing.
  std::string issuer;
  // At least one of them has to be an audience of the token.
  std::vector<std::string> audiences;
  std::vector<Algorithm> algorithms;
  // From iat, or from now, to exp.
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
  // An object.
  const json::Value& claims() const { return jwt_.claims_; }

 private:
  explicit VerifiedBearerJwt(ParsedBearerJwt jwt) : jwt_(std::move(jwt)) {}

  ParsedBearerJwt jwt_;
};

}  // namespace cimd::jose

#endif  // CIMD_SERVER_JOSE_BEARER_JWT_H_
