#include "server/jose/client_assertion.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "server/jose/algorithm.h"
#include "server/jose/assertion_fault.h"
#include "server/jose/jwk.h"
#include "server/jose/jws.h"
#include "server/json/strict_json.h"

namespace cimd::jose {
namespace {

// The last second of the year 9999; a later NumericDate is nonsense or an attack on arithmetic.
constexpr double kMaxNumericDate = 253402300799.0;

// Reads a string claim if it is there. False when it is something else than a string.
template <typename String>
bool ReadString(const json::Value& claims, const char* name, String& value) {
  const auto claim = claims.find(name);
  if (claim == claims.end()) return true;
  if (!claim->is_string()) return false;
  value = claim->get_ref<const std::string&>();
  return true;
}

// Reads a NumericDate (RFC 7519 section 2: seconds since the epoch, perhaps with a fraction) if it is there.
bool ReadTime(const json::Value& claims, const char* name, std::optional<absl::Time>& time) {
  const auto claim = claims.find(name);
  if (claim == claims.end()) return true;
  if (!claim->is_number()) return false;
  const double seconds = claim->get<double>();
  if (seconds < 0 || seconds > kMaxNumericDate) return false;
  time = absl::UnixEpoch() + absl::Seconds(seconds);
  return true;
}

bool IsSame(const std::string& actual, const std::string& expected) { return !expected.empty() && actual == expected; }

}  // namespace

OrFault<ParsedAssertion> ParsedAssertion::Parse(std::string_view compact) {
  OrFault<Jws> jws = ParseJws(compact);
  if (const auto* fault = std::get_if<AssertionFault>(&jws)) return *fault;
  ParsedAssertion assertion(std::get<Jws>(std::move(jws)));
  if (const std::optional<AssertionFault> fault = assertion.ReadType()) return *fault;
  if (const std::optional<AssertionFault> fault = assertion.ReadClaims()) return *fault;
  return assertion;
}

// No type or "JWT" is what clients send today; the two explicit types are what the drafts ask for. Any other marks a
// JWT that was signed for another purpose and must not work here (RFC 8725 section 3.11).
std::optional<AssertionFault> ParsedAssertion::ReadType() {
  if (!jws_.typ.has_value()) return std::nullopt;
  constexpr std::string_view kPrefix = "application/";
  std::string type = absl::AsciiStrToLower(*jws_.typ);
  if (type.starts_with(kPrefix)) type.erase(0, kPrefix.size());
  explicit_type_ = type == "client-authentication+jwt" || type == "oauth-client-auth+jwt";
  if (explicit_type_ || type == "jwt") return std::nullopt;
  return AssertionFault::kTypeForbidden;
}

std::optional<AssertionFault> ParsedAssertion::ReadClaims() {
  const std::variant<json::Value, json::ParseError> parsed = json::ParseStrict(jws_.payload);
  if (const auto* error = std::get_if<json::ParseError>(&parsed)) {
    return error->fault == json::Fault::kMemberDuplicate ? AssertionFault::kClaimDuplicate
                                                         : AssertionFault::kClaimsMalformed;
  }
  const json::Value& claims = std::get<json::Value>(parsed);
  if (!claims.is_object() || !ReadString(claims, "iss", issuer_) || !ReadString(claims, "sub", subject_) ||
      !ReadString(claims, "jti", jti_) || !ReadTime(claims, "exp", expiry_) || !ReadTime(claims, "nbf", not_before_) ||
      !ReadTime(claims, "iat", issued_at_)) {
    return AssertionFault::kClaimsMalformed;
  }
  const auto aud = claims.find("aud");
  if (aud == claims.end()) return std::nullopt;
  const bool is_list = aud->is_array();
  if (is_list && !std::all_of(aud->begin(), aud->end(), [](const json::Value& entry) { return entry.is_string(); })) {
    return AssertionFault::kClaimsMalformed;
  }
  if (!is_list && !aud->is_string()) return AssertionFault::kClaimsMalformed;
  several_audiences_ = is_list && aud->size() > 1;
  if (!is_list) {
    audience_ = aud->get_ref<const std::string&>();
  } else if (aud->size() == 1) {
    audience_ = aud->front().get_ref<const std::string&>();
  }
  return std::nullopt;
}

OrFault<CheckedAssertion> CheckedAssertion::Check(ParsedAssertion assertion, const AssertionExpectations& expected,
                                                  absl::Time now) {
  const ParsedAssertion& a = assertion;
  if (expected.explicit_type_required && !a.explicit_type_) return AssertionFault::kTypeNotExplicit;
  if (expected.signing_alg.has_value() && a.jws_.alg != *expected.signing_alg) {
    return AssertionFault::kAlgorithmNotChosen;
  }
  if (!IsSame(a.issuer_, expected.client_id)) return AssertionFault::kIssuerMismatch;
  if (!IsSame(a.subject_, expected.client_id)) return AssertionFault::kSubjectMismatch;
  if (a.several_audiences_) return AssertionFault::kAudienceNotSole;
  if (!a.audience_.has_value() ||
      (!IsSame(*a.audience_, expected.issuer) && !IsSame(*a.audience_, expected.token_endpoint))) {
    return AssertionFault::kAudienceMismatch;
  }
  if (!a.expiry_.has_value()) return AssertionFault::kExpiryMissing;
  if (now >= *a.expiry_ + kMaxClockSkew) return AssertionFault::kExpired;
  if (*a.expiry_ > now + kMaxAssertionLifetime + kMaxClockSkew ||
      (a.issued_at_.has_value() && *a.expiry_ - *a.issued_at_ > kMaxAssertionLifetime)) {
    return AssertionFault::kLifetimeTooLong;
  }
  if (a.not_before_.has_value() && *a.not_before_ > now + kMaxClockSkew) return AssertionFault::kNotYetValid;
  if (a.issued_at_.has_value() && *a.issued_at_ > now + kMaxClockSkew) return AssertionFault::kIssuedInFuture;
  if (!a.jti_.has_value()) return AssertionFault::kJtiMissing;
  if (a.jti_->empty() || a.jti_->size() > kMaxJtiBytes) return AssertionFault::kJtiInvalid;
  return CheckedAssertion(std::move(assertion));
}

bool CheckedAssertion::NewerKeysMayHelp(AssertionFault fault) const {
  if (assertion_.jws_.kid.has_value()) return fault == AssertionFault::kKeyUnknown;
  return fault == AssertionFault::kKeyUnsuitable || fault == AssertionFault::kSignatureInvalid;
}

OrFault<VerifiedAssertion> VerifiedAssertion::Verify(const CheckedAssertion& assertion, absl::Span<const Jwk> keys) {
  const Jws& jws = assertion.assertion_.jws_;
  bool named = false;
  int fitting = 0;
  for (const Jwk& key : keys) {
    if (jws.kid.has_value() && key.kid != *jws.kid) continue;
    named = true;
    if (!key.Fits(jws.alg)) continue;
    if (++fitting > kMaxVerifications) return AssertionFault::kKeyNotNamed;
    if (VerifyJws(jws, key)) return VerifiedAssertion(assertion.assertion_, key);
  }
  if (fitting > 0) return AssertionFault::kSignatureInvalid;
  return jws.kid.has_value() && !named ? AssertionFault::kKeyUnknown : AssertionFault::kKeyUnsuitable;
}

VerifiedAssertion::VerifiedAssertion(const ParsedAssertion& assertion, const Jwk& key)
    : client_id_(assertion.subject_),
      jti_(*assertion.jti_),
      remember_until_(*assertion.expiry_ + kMaxClockSkew),
      kid_(key.kid),
      thumbprint_(key.thumbprint),
      alg_(assertion.jws_.alg) {}

}  // namespace cimd::jose
