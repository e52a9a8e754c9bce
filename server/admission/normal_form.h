#ifndef CIMD_SERVER_ADMISSION_NORMAL_FORM_H_
#define CIMD_SERVER_ADMISSION_NORMAL_FORM_H_

#include <optional>
#include <string>
#include <string_view>

namespace cimd::admission {

// An https URL after the normalizations of RFC 3986 section 6.2.2 and 6.2.3, in parts. Two URLs with equal parts reach
// the same resource of the same host. For refusing only: a client is identified by the bytes of its URL.
struct NormalUrl {
  std::string host;  // lower case
  std::string port;  // empty for 443
  std::string
      path;  // without dot segments; "/" if the URL has none; unreserved characters decoded, triplets in upper case
  std::optional<std::string> query;  // decoded in the same way

  // "https://host[:port]path[?query]"
  std::string text() const;
};

// Absent for what is no https URL with a host and a valid port, or has a malformed percent-encoding. `url` is an
// attacker's; callers bound its length. Linear in it.
std::optional<NormalUrl> Normalize(std::string_view url);

// Decodes the triplets of unreserved characters in `text` and writes the others in upper case (RFC 3986 section 6.2.2.1
// and 6.2.2.2). What is no triplet stays.
std::string NormalizeEncoding(std::string_view text);

}  // namespace cimd::admission

#endif  // CIMD_SERVER_ADMISSION_NORMAL_FORM_H_
