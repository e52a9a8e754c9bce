#ifndef CIMD_SERVER_JOSE_BASE64URL_H_
#define CIMD_SERVER_JOSE_BASE64URL_H_

#include <optional>
#include <string>
#include <string_view>

namespace cimd::jose {

// Base64url as JOSE uses it (RFC 7515 section 2): the URL-safe alphabet, no padding, no white space or line breaks.

// Decodes `text`. Empty unless EncodeBase64Url would return exactly this text: no other characters, no padding, and
// unused bits are zero. So each byte string has one spelling, and a signature or key cannot be presented again in
// another one. `text` is attacker-controlled; the caller limits its length.
std::optional<std::string> DecodeBase64Url(std::string_view text);

std::string EncodeBase64Url(std::string_view bytes);

}  // namespace cimd::jose

#endif  // CIMD_SERVER_JOSE_BASE64URL_H_
