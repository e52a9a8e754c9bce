#ifndef CIMD_SERVER_JOSE_BASE64URL_H_
#define CIMD_SERVER_JOSE_BASE64URL_H_

#include <optional>
#include <string>
#include <string_view>

namespace cimd::jose {

// Base64url as JOSE uses it (RFC 7515 section 2): the URL-safe alphabet, no padding, no white space or line breaks.

// Decodes `text`. Nothing unless EncodeBase64Url would give exactly this text: no other characters, no padding, unused
// bits are zero. As each byte string has one spelling, a signature or key cannot be presented again in another
// spelling. `text` is attacker-controlled; the caller bounds its length.
std::optional<std::string> DecodeBase64Url(std::string_view text);

std::string EncodeBase64Url(std::string_view bytes);

}  // namespace cimd::jose

#endif  // CIMD_SERVER_JOSE_BASE64URL_H_
