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

// The most that another party's clock may differ from this server's, in either direction.
inline constexpr absl::Duration kMaxClockSkew = absl::Seconds(10);

// The registered claims of a JWT (RFC 7519 section 4.1). Not verified.
struct RegisteredClaims {
  // Empty if missing.
  std::string issuer;
  std::string subject;
  // One element if aud is a string.
  std::vector<std::string> audiences;
  std::optional<absl::Time> expiry;
  std::optional<absl::Time> not_before;
  std::optional<absl::Time> issued_at;
  std::optional<std::string> jti;
};

// Parses a JWT's payload (strict JSON), sets `claims`, and returns all members. Faults: kClaimsMalformed,
// kClaimDuplicate. `payload` is attacker-controlled.
OrFault<json::Value> ReadClaims(std::string_view payload, RegisteredClaims& claims);

// Checks the times of a JWT that may be valid for at most `max_lifetime`. Returns kExpiryMissing, kExpired,
// kLifetimeTooLong, kNotYetValid or kIssuedInFuture; empty if the times are valid.
std::optional<AssertionFault> CheckTimes(const RegisteredClaims& claims, absl::Duration max_lifetime, absl::Time now);

}  // namespace cimd::jose

#endif  // CIMD_SERVER_JOSE_REGISTERED_CLAIMS_H_
