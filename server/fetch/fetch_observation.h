#ifndef CIMD_SERVER_FETCH_FETCH_OBSERVATION_H_
#define CIMD_SERVER_FETCH_FETCH_OBSERVATION_H_

#include <functional>
#include <string>

#include "absl/time/time.h"
#include "cimd/v1/metadata_document.pb.h"

namespace cimd::fetch {

// Details of one fetch for the server's log and metrics. Never return them to an API caller.
struct FetchObservation {
  // "host:port" of the URL. The client's publisher controls it: use it in logs, not in metric labels.
  std::string host = {};
  // Both UNSPECIFIED for a success.
  v1::FetchFailureKind kind = v1::FETCH_FAILURE_KIND_UNSPECIFIED;
  v1::FetchFailureReason reason = v1::FETCH_FAILURE_REASON_UNSPECIFIED;
  // 0 if there was no response.
  int http_status = 0;
  // The cause of a failure, with resolved addresses and the TLS library's message. May quote the host.
  std::string detail = {};
  // FetchRequest::traceparent.
  std::string traceparent = {};
  // Zero if nothing was sent.
  absl::Duration duration = absl::ZeroDuration();
};

// Called once for every fetch, on the fetching thread and without locks held. Must be fast and safe for concurrent use.
using FetchObserver = std::function<void(const FetchObservation&)>;

}  // namespace cimd::fetch

#endif  // CIMD_SERVER_FETCH_FETCH_OBSERVATION_H_
