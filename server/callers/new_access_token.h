#ifndef CIMD_SERVER_CALLERS_NEW_ACCESS_TOKEN_H_
#define CIMD_SERVER_CALLERS_NEW_ACCESS_TOKEN_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace cimd::callers {

// The text of a new token: "cimd_", by which scanners for leaked secrets recognize it, and 43 random letters and digits
// (256 bits).
std::string NewAccessToken();

// "tok_" and 16 random letters and digits.
std::string NewAccessTokenId();

// Checks a token that an operator chose: INVALID_ARGUMENT with what is wrong, and nothing of the token. It has 32 to
// 512 of the characters that the bearer scheme allows (RFC 6750 section 2.1) except dots, which JWTs have, and enough
// different ones to hold 128 bits.
absl::Status CheckAccessTokenStrength(std::string_view token);

}  // namespace cimd::callers

#endif  // CIMD_SERVER_CALLERS_NEW_ACCESS_TOKEN_H_
