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

// A response whose header section has been read: the status, and the value of every line of each field. All chosen by
// the host.
struct ResponseHead {
  int status = 0;
  std::vector<std::string> content_type = {};
  std::vector<std::string> content_encoding = {};
  std::vector<std::string> transfer_encoding = {};
  std::vector<std::string> content_length = {};
};

// Whether the answer can be a document (CIMD draft section 5.1): exactly 200 with one JSON content type, not encoded,
// and not announced to be longer than `max_bytes`; or 304, when the request was `conditional`. Nothing when it can.
// PROTOCOL when the header section does not make clear where the body ends. The status is judged before the body's
// description, and HTML before any other fault of it, so that a login page is reported as one.
std::optional<v1::FetchFailureReason> JudgeResponseHead(const ResponseHead& head, bool conditional, int64_t max_bytes);

// The media type without its parameters, in lower case; empty when the field is absent, repeated or malformed.
std::string MediaType(const std::vector<std::string>& content_type);

// The failure as reported to callers: its kind, a fixed text for people, and `http_status` (0 for none). Holds nothing
// that the host or the resolver said.
v1::FetchFailure MakeFetchFailure(v1::FetchFailureReason reason, int http_status, absl::Time time);

// Adds what is known more exactly to a failure of reason TLS or CONTENT_TYPE, and says it in its message. `media_type`
// is a result of MediaType.
void AddCause(v1::FetchFailureCause cause, v1::FetchFailure& failure);
void AddContentType(absl::string_view media_type, v1::FetchFailure& failure);

// The result of a fetch that was dropped because nobody waited for it.
FetchResult AbandonedFetch(absl::Time time);

}  // namespace cimd::fetch

#endif  // CIMD_SERVER_FETCH_RESPONSE_RULES_H_
