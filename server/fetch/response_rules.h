#ifndef CIMD_SERVER_FETCH_RESPONSE_RULES_H_
#define CIMD_SERVER_FETCH_RESPONSE_RULES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "cimd/v1/metadata_document.pb.h"

namespace cimd::fetch {

// What is known of a response when its header section has been read: the status, and the value of every line of each
// field. All of it is chosen by the host.
struct ResponseHead {
  int status = 0;
  std::vector<std::string> content_type = {};
  std::vector<std::string> content_encoding = {};
  std::vector<std::string> transfer_encoding = {};
  std::vector<std::string> content_length = {};
};

// Whether the answer can be a document (CIMD draft section 5.1): exactly 200 with one JSON content type, not encoded,
// and not announced to be longer than `max_bytes`; or 304, when the request was `conditional`. Nothing when it can.
// A status that is an answer by itself goes before what the body claims to be, and HTML before any other fault of the
// body, so that a login page is told as such.
std::optional<v1::FetchFailureReason> JudgeResponseHead(const ResponseHead& head, bool conditional, int64_t max_bytes);

// The media type without its parameters, in lower case; empty when the field is absent, repeated or malformed.
std::string MediaType(const std::vector<std::string>& content_type);

// The failure that callers are told for `reason`: its kind, a fixed text for people, and `http_status` (0 for none).
// Holds nothing that the host or the resolver said.
v1::FetchFailure MakeFetchFailure(v1::FetchFailureReason reason, int http_status, absl::Time time);

}  // namespace cimd::fetch

#endif  // CIMD_SERVER_FETCH_RESPONSE_RULES_H_
