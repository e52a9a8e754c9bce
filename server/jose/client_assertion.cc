#include "server/jose/client_assertion.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "server/jose/algorithm.h"
#include "server/jose/assertion_fault.h"
#include "server/jose/jwk.h"
#include "server/jose/jws.h"
#include "server/json/strict_json.h"

namespace cimd::jose {
namespace {

bool IsSame(const std::string& actual, const std::string& expected) { return !expected.empty() && actual == expected; }

}  // namespace

OrFault<ParsedAssertion> ParsedAssertion::Parse(std::string_view compact) {
  OrFault<Jws> jws = ParseJws(compact);
  if (const auto* fault = std::get_if<AssertionFault>(&jws)) return *fault;
  ParsedAssertion assertion(std::get<Jws>(std::move(jws)));
  if (const std::optional<AssertionFault> fault = assertion.ReadType()) return *fault;
  const OrFault<json::Value> claims = ReadClaims(assertion.jws_.payload, assertion.claims_);
  if (const auto* fault = std::get_if<AssertionFault>(&claims)) return *fault;
  return assertion;
}

// Current clients send no type or "JWT"; the drafts require one of the two explicit types. Any other type marks a JWT
// that was signed for another purpose and must not be accepted here (RFC 8725 section 3.11).
std::optional<AssertionFault> ParsedAssertion::ReadType() {
  if (!jws_.typ.has_value()) return std::nullopt;
  const std::string type = MediaSubtypeOf(*jws_.typ);
  explicit_type_ = type == "client-authentication+jwt" || type == "oauth-client-auth+jwt";
  if (explicit_type_ || type == "jwt") return std::nullopt;
  return AssertionFault::kTypeForbidden;
}

OrFault<CheckedAssertion> CheckedAssertion::Check(ParsedAssertion assertion, const AssertionExpectations& expected,
                                                  absl::Time now) {
  const ParsedAssertion& a = assertion;
  if (expected.explicit_type_required && !a.explicit_type_) return AssertionFault::kTypeNotExplicit;
  if (expected.signing_alg.has_value() && a.jws_.alg != *expected.signing_alg) {
    return AssertionFault::kAlgorithmNotChosen;
  }
  const RegisteredClaims& claims = a.claims_;
  if (!IsSame(claims.issuer, expected.client_id)) return AssertionFault::kIssuerMismatch;
  if (!IsSame(claims.subject, expected.client_id)) return AssertionFault::kSubjectMismatch;
  if (claims.audiences.size() > 1) return AssertionFault::kAudienceNotSole;
  if (claims.audiences.empty() ||
      (!IsSame(claims.audiences[0], expected.issuer) && !IsSame(claims.audiences[0], expected.token_endpoint))) {
    return AssertionFault::kAudienceMismatch;
  }
  if (const auto fault = CheckTimes(claims, kMaxAssertionLifetime, now)) return *fault;
  if (!claims.jti.has_value()) return AssertionFault::kJtiMissing;
  if (claims.jti->empty() || claims.jti->size() > kMaxJtiBytes) return AssertionFault::kJtiInvalid;
  return CheckedAssertion(std::move(assertion));
}

bool CheckedAssertion::NewerKeysMayHelp(AssertionFault fault) const {
  if (assertion_.jws_.kid.has_value()) return fault == AssertionFault::kKeyUnknown;
  return fault == AssertionFault::kKeyUnsuitable || fault == AssertionFault::kSignatureInvalid;
}

OrFault<VerifiedAssertion> VerifiedAssertion::Verify(const CheckedAssertion& assertion, absl::Span<const Jwk> keys) {
  const OrFault<const Jwk*> signer = FindSigner(assertion.assertion_.jws_, keys);
  if (const auto* fault = std::get_if<AssertionFault>(&signer)) return *fault;
  return VerifiedAssertion(assertion.assertion_, *std::get<const Jwk*>(signer));
}

VerifiedAssertion::VerifiedAssertion(const ParsedAssertion& assertion, const Jwk& key)
    : client_id_(assertion.claims_.subject),
      jti_(*assertion.claims_.jti),
      remember_until_(*assertion.claims_.expiry + kMaxClockSkew),
      kid_(key.kid),
      thumbprint_(key.thumbprint),
      alg_(assertion.jws_.alg) {}

}  // namespace cimd::jose
