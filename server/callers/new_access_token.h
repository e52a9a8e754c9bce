#ifndef CIMD_SERVER_CALLERS_NEW_ACCESS_TOKEN_H_
#define CIMD_SERVER_CALLERS_NEW_ACCESS_TOKEN_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace cimd::callers {

// The text of a new token: "cimd_", a prefix for secret scanners, and 43 random letters and digits (256 bits).
std::string NewAccessToken();

// A new token id: "tok_" and 16 random letters and digits.
std::string NewAccessTokenId();

// Checks a token that an operator chose. It must have 32 to 512 characters of the bearer scheme (RFC 6750 section 2.1)
// without dots, which mark JWTs, and enough different characters for 128 bits. INVALID_ARGUMENT names the violation and
// never contains any part of the token.
absl::Status CheckAccessTokenStrength(std::string_view token);

}  // namespace cimd::callers

#endif  // CIMD_SERVER_CALLERS_NEW_ACCESS_TOKEN_H_
