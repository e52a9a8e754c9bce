#ifndef CIMD_SERVER_METADATA_URI_H_
#define CIMD_SERVER_METADATA_URI_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cimd::metadata {

// A URI taken apart by the delimiters of RFC 3986 and by nothing else: no part is decoded, lower-cased or otherwise
// normalised, because two spellings of one URI are two client identifiers, and because every later reader (the
// fetcher, a browser) has its own idea of what a repaired URI would be. The views point into the text that was split.
struct Uri {
  // Without the colon.
  std::string_view scheme;
  // Whether "//" follows the scheme. Without it there is no userinfo, host or port.
  bool has_authority = false;
  // Present, if empty, when there is an "@".
  std::optional<std::string_view> userinfo;
  // With the brackets of an IP literal.
  std::string_view host;
  // Present, if empty, when there is a colon.
  std::optional<std::string_view> port;
  std::string_view path;
  // Present, if empty, when there is a "?" or "#".
  std::optional<std::string_view> query;
  std::optional<std::string_view> fragment;
};

// Splits attacker-controlled bytes. Absent when they do not begin with a scheme and a colon. What it returns is split,
// not judged: any part may hold any byte.
std::optional<Uri> SplitUri(std::string_view text);

// `scheme` in lower case. Schemes compare without regard to case (RFC 3986 section 3.1).
bool HasScheme(const Uri& uri, std::string_view scheme);

// Offset in `text` of the first byte that RFC 3986 allows nowhere in a URI, or not in the part where it stands
// (brackets outside of the host); npos when all may stay. `uri` is `text`, split.
size_t FindForbiddenByte(std::string_view text, const Uri& uri);

// Whether every "%" begins a triplet with two hexadecimal digits.
bool IsPercentEncodingValid(std::string_view text);

// The port in effect: 1 to 65535 without leading zeros, or else the default of http and https. Absent when the port is
// spelled in another way ("0", "0443", "", "4e1") or the scheme has no default.
std::optional<uint16_t> EffectivePort(const Uri& uri);

// The origin (RFC 6454): scheme and host in lower case, the port unless it is the scheme's default. Empty when `uri` is
// neither http nor https, or has no host or no valid port. For comparing, never for naming a client.
std::string Origin(const Uri& uri);

}  // namespace cimd::metadata

#endif  // CIMD_SERVER_METADATA_URI_H_
