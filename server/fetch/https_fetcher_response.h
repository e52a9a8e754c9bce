#ifndef CIMD_SERVER_FETCH_HTTPS_FETCHER_RESPONSE_H_
#define CIMD_SERVER_FETCH_HTTPS_FETCHER_RESPONSE_H_

#include "absl/strings/string_view.h"
#include "cimd/v1/metadata_document.pb.h"
#include "server/fetch/cache_control.h"
#include "server/fetch/response_rules.h"

namespace cimd::fetch {

// Functions that read the last response of a libcurl handle. `curl` is a CURL*, declared as void* so that this header
// does not include libcurl's. Interim responses and trailers are ignored.

// May be called from the handle's callbacks, once the header section is complete.
ResponseHead ReadResponseHead(void* curl);

CachingHeaders ReadCachingHeaders(void* curl);

// The evidence without its duration. The host controls most of these texts. Validators longer than 256 bytes or with
// bytes other than visible ASCII are left out; so are a media type and an issuer that are not plain text. The rest is
// valid UTF-8 and safe to send in a header line. The address is set only if `direct`: behind a proxy it is unknown.
v1::FetchEvidence ReadEvidence(void* curl, bool direct);

// Whether `text` may be sent as the value of a header field: visible ASCII and blanks only.
bool IsVisibleAscii(absl::string_view text);

}  // namespace cimd::fetch

#endif  // CIMD_SERVER_FETCH_HTTPS_FETCHER_RESPONSE_H_
