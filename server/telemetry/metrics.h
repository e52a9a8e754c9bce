#ifndef CIMD_SERVER_TELEMETRY_METRICS_H_
#define CIMD_SERVER_TELEMETRY_METRICS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace cimd::telemetry {

// The server's Prometheus metrics (see metric_names.h). Labels take values from code, never from callers, so their
// number is bounded. Thread-safe.
class Metrics {
 public:
  Metrics();
  ~Metrics();

  void CountCall(std::string_view method, std::string_view code, std::string_view reason, absl::Duration duration);
  // A duration of zero means that nothing was sent.
  void CountFetch(std::string_view kind, std::string_view reason, absl::Duration duration);
  void CountAssertion(std::string_view reason);
  void CountCommitGroup(int commits, absl::Duration sync_duration);

  void SetStreams(int open);
  void CountStreamMessage(std::string_view method, absl::Duration lag);
  void CountLinkedAuditEvents(int64_t events);
  void SetUnlinkedAuditLogs(int logs);

  // Serves /metrics over HTTP on "host:port" for as long as this lives; port 0 picks a free one. Returns the port.
  absl::StatusOr<int> Serve(const std::string& address);

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace cimd::telemetry

#endif  // CIMD_SERVER_TELEMETRY_METRICS_H_
