#include "server/jose/bearer_jwt.h"

#include <algorithm>
#include <optional>
#include <variant>

namespace cimd::jose {

OrFault<ParsedBearerJwt> ParsedBearerJwt::Parse(std::string_view compact) {
  OrFault<Jws> jws = ParseJws(compact);
  if (const auto* fault = std::get_if<AssertionFault>(&jws)) return *fault;
  ParsedBearerJwt jwt(std::get<Jws>(std::move(jws)));
  if (jwt.jws_.typ.has_value()) {
    const std::string type = MediaSubtypeOf(*jwt.jws_.typ);
    if (type != "jwt" && type != "at+jwt") return AssertionFault::kTypeForbidden;
  }
  OrFault<json::Value> claims = ReadClaims(jwt.jws_.payload, jwt.registered_);
  if (const auto* fault = std::get_if<AssertionFault>(&claims)) return *fault;
  jwt.claims_ = std::get<json::Value>(std::move(claims));
  return jwt;
}

OrFault<VerifiedBearerJwt> VerifiedBearerJwt::Verify(ParsedBearerJwt jwt, const BearerJwtExpectations& expected,
                                                     absl::Span<const Jwk> keys, absl::Time now) {
  const RegisteredClaims& claims = jwt.registered_;
  const auto& algorithms = expected.algorithms;
  if (std::find(algorithms.begin(), algorithms.end(), jwt.jws_.alg) == algorithms.end()) {
    return AssertionFault::kAlgorithmNotChosen;
  }
  if (expected.issuer.empty() || claims.issuer != expected.issuer) return AssertionFault::kIssuerMismatch;
  if (claims.subject.empty()) return AssertionFault::kSubjectMismatch;
  const bool meant = std::any_of(claims.audiences.begin(), claims.audiences.end(), [&](const std::string& audience) {
    return std::find(expected.audiences.begin(), expected.audiences.end(), audience) != expected.audiences.end();
  });
  if (!meant) return AssertionFault::kAudienceMismatch;
  if (const auto fault = CheckTimes(claims, expected.max_lifetime, now)) return *fault;
  const OrFault<const Jwk*> signer = FindSigner(jwt.jws_, keys);
  if (const auto* fault = std::get_if<AssertionFault>(&signer)) return *fault;
  return VerifiedBearerJwt(std::move(jwt));
}

}  // namespace cimd::jose
