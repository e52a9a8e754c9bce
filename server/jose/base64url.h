#ifndef CIMD_SERVER_JOSE_BASE64URL_H_
#define CIMD_SERVER_JOSE_BASE64URL_H_

#include <optional>
#include <string>
#include <string_view>

namespace cimd::jose {

// Base64url as JOSE uses it (RFC 7515 section 2): the URL-safe alphabet, no padding, no white space or line breaks.

// The bytes that `text` stands for, or nothing when EncodeBase64Url would have written them in another way: other
// characters, padding, unused bits that are not zero. One spelling per byte string means that a signature or a key
// cannot be repeated under another look. `text` is attacker-controlled; the caller bounds its length.
std::optional<std::string> DecodeBase64Url(std::string_view text);

std::string EncodeBase64Url(std::string_view bytes);

}  // namespace cimd::jose

#endif  // CIMD_SERVER_JOSE_BASE64URL_H_
