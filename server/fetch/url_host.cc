#include "server/fetch/url_host.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace cimd::fetch {

std::string UrlHost(absl::string_view url) {
  constexpr absl::string_view kScheme = "https://";
  if (!absl::StartsWithIgnoreCase(url, kScheme)) return "";
  url.remove_prefix(kScheme.size());
  absl::string_view authority = url.substr(0, url.find_first_of("/?#"));
  authority = authority.substr(authority.rfind('@') + 1);
  absl::string_view port = "443";
  // The colons of an IPv6 address are inside its brackets.
  const size_t colon = authority.rfind(':');
  if (colon != absl::string_view::npos && authority.find(']', colon) == absl::string_view::npos) {
    if (colon + 1 < authority.size()) port = authority.substr(colon + 1);
    authority = authority.substr(0, colon);
  }
  while (port.size() > 1 && port.front() == '0') port.remove_prefix(1);
  return absl::AsciiStrToLower(absl::StrCat(absl::StripSuffix(authority, "."), ":", port));
}

}  // namespace cimd::fetch
