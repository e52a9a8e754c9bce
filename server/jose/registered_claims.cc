#include "server/jose/registered_claims.h"

#include <utility>
#include <variant>

namespace cimd::jose {
namespace {

// The end of the year 9999. A later NumericDate is an error or an attempt to overflow the arithmetic.
constexpr double kMaxNumericDate = 253402300799.0;

// Reads an optional string claim. False if the claim is not a string.
template <typename String>
bool ReadString(const json::Value& claims, const char* name, String& value) {
  const auto claim = claims.find(name);
  if (claim == claims.end()) return true;
  if (!claim->is_string()) return false;
  value = claim->get_ref<const std::string&>();
  return true;
}

// Reads an optional NumericDate (RFC 7519 section 2: seconds since the epoch, possibly with a fraction).
bool ReadTime(const json::Value& claims, const char* name, std::optional<absl::Time>& time) {
  const auto claim = claims.find(name);
  if (claim == claims.end()) return true;
  if (!claim->is_number()) return false;
  const double seconds = claim->get<double>();
  if (seconds < 0 || seconds > kMaxNumericDate) return false;
  time = absl::UnixEpoch() + absl::Seconds(seconds);
  return true;
}

}  // namespace

OrFault<json::Value> ReadClaims(std::string_view payload, RegisteredClaims& claims) {
  std::variant<json::Value, json::ParseError> parsed = json::ParseStrict(payload);
  if (const auto* error = std::get_if<json::ParseError>(&parsed)) {
    return error->fault == json::Fault::kMemberDuplicate ? AssertionFault::kClaimDuplicate
                                                         : AssertionFault::kClaimsMalformed;
  }
  json::Value& all = std::get<json::Value>(parsed);
  if (!all.is_object() || !ReadString(all, "iss", claims.issuer) || !ReadString(all, "sub", claims.subject) ||
      !ReadString(all, "jti", claims.jti) || !ReadTime(all, "exp", claims.expiry) ||
      !ReadTime(all, "nbf", claims.not_before) || !ReadTime(all, "iat", claims.issued_at)) {
    return AssertionFault::kClaimsMalformed;
  }
  if (const auto aud = all.find("aud"); aud != all.end()) {
    if (aud->is_string()) {
      claims.audiences.push_back(aud->get_ref<const std::string&>());
    } else if (aud->is_array()) {
      for (const json::Value& entry : *aud) {
        if (!entry.is_string()) return AssertionFault::kClaimsMalformed;
        claims.audiences.push_back(entry.get_ref<const std::string&>());
      }
    } else {
      return AssertionFault::kClaimsMalformed;
    }
  }
  return std::move(all);
}

std::optional<AssertionFault> CheckTimes(const RegisteredClaims& claims, absl::Duration max_lifetime, absl::Time now) {
  if (!claims.expiry.has_value()) return AssertionFault::kExpiryMissing;
  if (now >= *claims.expiry + kMaxClockSkew) return AssertionFault::kExpired;
  if (*claims.expiry > now + max_lifetime + kMaxClockSkew ||
      (claims.issued_at.has_value() && *claims.expiry - *claims.issued_at > max_lifetime)) {
    return AssertionFault::kLifetimeTooLong;
  }
  if (claims.not_before.has_value() && *claims.not_before > now + kMaxClockSkew) return AssertionFault::kNotYetValid;
  if (claims.issued_at.has_value() && *claims.issued_at > now + kMaxClockSkew) return AssertionFault::kIssuedInFuture;
  return std::nullopt;
}

}  // namespace cimd::jose
