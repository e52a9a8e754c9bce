#ifndef CIMD_SERVER_TELEMETRY_METRICS_H_
#define CIMD_SERVER_TELEMETRY_METRICS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/telemetry/sharded.h"

namespace cimd::telemetry {

struct CacheLookups {
  std::string_view cache;
  int64_t hits = 0;
  int64_t misses = 0;
};

// Values that are determined only when metrics are collected.
struct Sample {
  int64_t store_bytes = 0;
  std::optional<int64_t> store_free_bytes = {};
  bool store_writable = true;
  std::vector<CacheLookups> caches = {};
  int fetches_under_way = 0;
  absl::Duration audit_backlog = absl::ZeroDuration();
};

// The Prometheus metrics of cimd-server (see metric_names.h). The values of labels come from code, never from callers,
// so the number of series is bounded. The hot path obtains its counters in advance and then counts without a lock or an
// allocation. Thread-safe.
class Metrics {
 public:
  Metrics();
  ~Metrics();

  // Counts the calls of one method.
  class MethodCalls {
   public:
    // `code` and `reason` as in kRpcCalls. `by_fault`: the server, not the caller, caused the failure.
    void Count(std::string_view code, std::string_view reason, bool by_fault, absl::Duration duration) const;

   private:
    friend class Metrics;
    MethodCalls(Metrics& metrics, std::string_view method);

    Metrics& metrics_;
    const std::string method_;
    Counter& ok_;
    DurationHistogram& seconds_;
  };
  MethodCalls ForMethod(std::string_view method) { return MethodCalls(*this, method); }
  // Totals since the start of the process.
  int64_t calls() const { return calls_.Value(); }
  int64_t failed_calls() const { return failed_calls_.Value(); }

  // The returned references are valid as long as this object.
  Counter& Decisions(std::string_view outcome, std::string_view reason);
  DurationHistogram& StoreSeconds(std::string_view operation);

  // A `duration` of zero means that no request was sent; such fetches are not in kFetchSeconds.
  void CountFetch(std::string_view kind, std::string_view reason, absl::Duration duration);
  void CountAssertion(std::string_view reason);
  void CountKeyRefresh(std::string_view outcome);
  void CountCommitGroup(int commits, absl::Duration sync_duration);

  void SetStreams(int open);
  void CountStreamMessage(std::string_view method, absl::Duration lag);
  void CountLinkedAuditEvents(int64_t events);
  void CountUnreadableRecords(int64_t records);

  // `sampler` is called from any thread when metrics are collected. SampleFrom(null) returns after the last call of the
  // previous sampler has ended.
  void SampleFrom(std::function<Sample()> sampler);

  // Serves /metrics over HTTP on "host:port" for as long as this lives; port 0 picks a free one. Returns the port.
  absl::StatusOr<int> Serve(const std::string& address);

 private:
  struct Families;
  std::unique_ptr<Families> families_;
  Counter calls_;
  Counter failed_calls_;
};

}  // namespace cimd::telemetry

#endif  // CIMD_SERVER_TELEMETRY_METRICS_H_
