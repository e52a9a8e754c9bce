#ifndef CIMD_SERVER_FETCH_URL_HOST_H_
#define CIMD_SERVER_FETCH_URL_HOST_H_

#include <string>

#include "absl/strings/string_view.h"

namespace cimd::fetch {

// "host:port" of an https URL, in lower case, with the default port written out and without the final dot of the host:
// one text for every spelling of the same server, for limits and logs. Not for deciding what to contact.
// `url` may be anything; what is not an https URL gives an empty text.
std::string UrlHost(absl::string_view url);

}  // namespace cimd::fetch

#endif  // CIMD_SERVER_FETCH_URL_HOST_H_
