#ifndef CIMD_SERVER_METADATA_URI_H_
#define CIMD_SERVER_METADATA_URI_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cimd::metadata {

// A URI split at the delimiters of RFC 3986. No part is decoded, lower-cased or otherwise normalised: two spellings of
// one URI are two client identifiers, and later readers (the fetcher, a browser) would each normalise differently. The
// views point into the text that was split.
struct Uri {
  // Without the colon.
  std::string_view scheme;
  // Whether "//" follows the scheme. Without it there is no userinfo, host or port.
  bool has_authority = false;
  // Present, and maybe empty, when there is an "@".
  std::optional<std::string_view> userinfo;
  // With the brackets of an IP literal.
  std::string_view host;
  // Present, and maybe empty, when there is a colon.
  std::optional<std::string_view> port;
  std::string_view path;
  // Present, and maybe empty, when there is a "?" or "#".
  std::optional<std::string_view> query;
  std::optional<std::string_view> fragment;
};

// Splits bytes that an attacker controls. Nothing when they do not begin with a scheme and a colon. The parts are not
// checked and may hold any byte.
std::optional<Uri> SplitUri(std::string_view text);

// Whether `uri` has the scheme, which is given in lower case. Case does not matter (RFC 3986 section 3.1).
bool HasScheme(const Uri& uri, std::string_view scheme);

// Offset in `text` of the first byte that RFC 3986 does not allow in a URI, or not in that part of it (brackets outside
// of the host); npos when there is none. `uri` is `text`, split.
size_t FindForbiddenByte(std::string_view text, const Uri& uri);

// Whether every "%" begins a triplet with two hexadecimal digits.
bool IsPercentEncodingValid(std::string_view text);

// The port in effect: the one that is written, or the default of http or https. Nothing when the port is not a number
// from 1 to 65535 without leading zeros ("0", "0443", "", "4e1"), or is absent and the scheme has no default.
std::optional<uint16_t> EffectivePort(const Uri& uri);

// The origin (RFC 6454): scheme and host in lower case, and the port unless it is the scheme's default. Empty when
// `uri` is neither http nor https, or has no host or no valid port. Use it to compare origins, never as an identifier.
std::string Origin(const Uri& uri);

}  // namespace cimd::metadata

#endif  // CIMD_SERVER_METADATA_URI_H_
