#ifndef CIMD_SERVER_JOSE_REGISTERED_CLAIMS_H_
#define CIMD_SERVER_JOSE_REGISTERED_CLAIMS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "server/jose/assertion_fault.h"
#include "server/json/strict_json.h"

namespace cimd::jose {

// How far another party's clock may differ from ours, in either direction.
inline constexpr absl::Duration kMaxClockSkew = absl::Seconds(10);

// The claims of RFC 7519 section 4.1 of a JWT. Not verified.
struct RegisteredClaims {
  // Empty when missing.
  std::string issuer;
  std::string subject;
  // One element for an audience that is not a list.
  std::vector<std::string> audiences;
  std::optional<absl::Time> expiry;
  std::optional<absl::Time> not_before;
  std::optional<absl::Time> issued_at;
  std::optional<std::string> jti;
};

// Reads the payload of a JWT, strict JSON, into `claims`, and returns all of it. kClaimsMalformed or kClaimDuplicate.
// `payload` is attacker-controlled.
OrFault<json::Value> ReadClaims(std::string_view payload, RegisteredClaims& claims);

// Checks the times of a JWT that may be valid for `max_lifetime`: kExpiryMissing, kExpired, kLifetimeTooLong,
// kNotYetValid, kIssuedInFuture, or nothing.
std::optional<AssertionFault> CheckTimes(const RegisteredClaims& claims, absl::Duration max_lifetime, absl::Time now);

}  // namespace cimd::jose

#endif  // CIMD_SERVER_JOSE_REGISTERED_CLAIMS_H_
