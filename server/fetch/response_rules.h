#ifndef CIMD_SERVER_FETCH_RESPONSE_RULES_H_
#define CIMD_SERVER_FETCH_RESPONSE_RULES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cimd/v1/metadata_document.pb.h"
#include "server/fetch/fetcher.h"

namespace cimd::fetch {

// A response whose header section is complete: the status, and for each field the value of every line. The host
// controls all of it.
struct ResponseHead {
  int status = 0;
  std::vector<std::string> content_type = {};
  std::vector<std::string> content_encoding = {};
  std::vector<std::string> transfer_encoding = {};
  std::vector<std::string> content_length = {};
};

// Empty if the response can be a document (CIMD draft section 5.1): exactly 200 with one JSON content type, no content
// coding, and no declared length over `max_bytes`; or 304, if the request was `conditional`. Otherwise the reason.
// PROTOCOL if the header section leaves the end of the body ambiguous. The status is checked before the fields that
// describe the body, and HTML before their other faults, so that a login page is reported as one.
std::optional<v1::FetchFailureReason> JudgeResponseHead(const ResponseHead& head, bool conditional, int64_t max_bytes);

// The media type without its parameters, in lower case; empty when the field is absent, repeated or malformed.
std::string MediaType(const std::vector<std::string>& content_type);

// The failure as reported to callers: its kind, a fixed message, and `http_status` (0 for none). Contains no text from
// the host or the resolver.
v1::FetchFailure MakeFetchFailure(v1::FetchFailureReason reason, int http_status, absl::Time time);

// Adds the exact cause to a failure of reason TLS or CONTENT_TYPE, and to its message. `media_type` is a result of
// MediaType.
void AddCause(v1::FetchFailureCause cause, v1::FetchFailure& failure);
void AddContentType(absl::string_view media_type, v1::FetchFailure& failure);

// The result of a fetch that was dropped because no caller waited for it any more.
FetchResult AbandonedFetch(absl::Time time);

}  // namespace cimd::fetch

#endif  // CIMD_SERVER_FETCH_RESPONSE_RULES_H_
