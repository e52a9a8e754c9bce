#ifndef CIMD_SERVER_FETCH_URL_HOST_H_
#define CIMD_SERVER_FETCH_URL_HOST_H_

#include <string>

#include "absl/strings/string_view.h"

namespace cimd::fetch {

// "host:port" of an https URL in lower case, with the default port and without the host's trailing dot. So every
// spelling of a server gives the same text. For limits and logs only; never use it to decide what to contact. `url` is
// attacker-controlled. Empty for anything but an https URL.
std::string UrlHost(absl::string_view url);

}  // namespace cimd::fetch

#endif  // CIMD_SERVER_FETCH_URL_HOST_H_
