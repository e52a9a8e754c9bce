#ifndef CIMD_SERVER_FETCH_FETCH_OBSERVATION_H_
#define CIMD_SERVER_FETCH_FETCH_OBSERVATION_H_

#include <functional>
#include <string>

#include "absl/time/time.h"
#include "cimd/v1/metadata_document.pb.h"

namespace cimd::fetch {

// One fetch in detail, for the server's log and metrics. Never show it to a caller of the API.
struct FetchObservation {
  // "host:port" of the URL. Chosen by a client's publisher: for logs, not for metric labels.
  std::string host = {};
  // Both UNSPECIFIED for a success.
  v1::FetchFailureKind kind = v1::FETCH_FAILURE_KIND_UNSPECIFIED;
  v1::FetchFailureReason reason = v1::FETCH_FAILURE_REASON_UNSPECIFIED;
  // 0 when there was no answer.
  int http_status = 0;
  // The cause of a failure, with resolved addresses and the TLS library's words. May quote the host.
  std::string detail = {};
  // FetchRequest::traceparent.
  std::string traceparent = {};
  // Zero when nothing was sent.
  absl::Duration duration = absl::ZeroDuration();
};

// Called once for every fetch, by the fetching thread and without locks held. Must be quick and safe for concurrent
// use.
using FetchObserver = std::function<void(const FetchObservation&)>;

}  // namespace cimd::fetch

#endif  // CIMD_SERVER_FETCH_FETCH_OBSERVATION_H_
