#include "server/telemetry/metrics.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "prometheus/counter.h"
#include "prometheus/exposer.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "server/telemetry/metric_names.h"

namespace cimd::telemetry {
namespace {

using prometheus::Histogram;

const Histogram::BucketBoundaries kCallBuckets{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                               0.025,  0.05,    0.1,    0.25,  0.5,    1,     2.5, 5, 10};
const Histogram::BucketBoundaries kSyncBuckets{0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1};
const Histogram::BucketBoundaries kGroupBuckets{1, 2, 4, 8, 16, 32, 64, 128};

}  // namespace

struct Metrics::Families {
  std::shared_ptr<prometheus::Registry> registry = std::make_shared<prometheus::Registry>();
  prometheus::Family<prometheus::Counter>& calls =
      prometheus::BuildCounter().Name(kRpcCalls).Help("Calls that ended.").Register(*registry);
  prometheus::Family<Histogram>& call_seconds =
      prometheus::BuildHistogram().Name(kRpcSeconds).Help("Seconds from arrival to answer.").Register(*registry);
  prometheus::Family<prometheus::Counter>& fetches =
      prometheus::BuildCounter().Name(kFetches).Help("Document fetches by outcome.").Register(*registry);
  Histogram& fetch_seconds = prometheus::BuildHistogram()
                                 .Name(kFetchSeconds)
                                 .Help("Seconds that fetches took.")
                                 .Register(*registry)
                                 .Add({}, kCallBuckets);
  prometheus::Family<prometheus::Counter>& assertions =
      prometheus::BuildCounter().Name(kAssertions).Help("Client assertions by verdict.").Register(*registry);
  prometheus::Counter& commits = prometheus::BuildCounter()
                                     .Name(kCommits)
                                     .Help("Commits that became durable.")
                                     .Register(*registry)
                                     .Add({});
  Histogram& group_size = prometheus::BuildHistogram()
                              .Name(kCommitGroupSize)
                              .Help("Commits that shared one synchronous write.")
                              .Register(*registry)
                              .Add({}, kGroupBuckets);
  Histogram& sync_seconds = prometheus::BuildHistogram()
                                .Name(kCommitSyncSeconds)
                                .Help("Seconds that synchronous writes took.")
                                .Register(*registry)
                                .Add({}, kSyncBuckets);
  prometheus::Gauge& streams =
      prometheus::BuildGauge().Name(kStreams).Help("Streams of changes that are open.").Register(*registry).Add({});
  prometheus::Family<prometheus::Counter>& stream_messages = prometheus::BuildCounter()
                                                                 .Name(kStreamMessages)
                                                                 .Help("Messages with changes that were sent.")
                                                                 .Register(*registry);
  Histogram& stream_lag = prometheus::BuildHistogram()
                              .Name(kStreamLagSeconds)
                              .Help("Seconds from a commit to the sending of its message.")
                              .Register(*registry)
                              .Add({}, kCallBuckets);
  prometheus::Counter& linked_audit_events = prometheus::BuildCounter()
                                                 .Name(kLinkedAuditEvents)
                                                 .Help("Audit events that were linked into their chain.")
                                                 .Register(*registry)
                                                 .Add({});
  prometheus::Gauge& unlinked_audit_logs = prometheus::BuildGauge()
                                               .Name(kUnlinkedAuditLogs)
                                               .Help("Audit logs whose newest events could not be linked.")
                                               .Register(*registry)
                                               .Add({});
  // Last, so that it stops serving first.
  std::unique_ptr<prometheus::Exposer> exposer;
};

Metrics::Metrics() : families_(std::make_unique<Families>()) {
  prometheus::BuildGauge()
      .Name(kBuildInfo)
      .Help("What is running; always 1.")
      .Register(*families_->registry)
      .Add({{"version", CIMD_VERSION}})
      .Set(1);
}

Metrics::~Metrics() = default;

void Metrics::CountCall(std::string_view method, std::string_view code, std::string_view reason,
                        absl::Duration duration) {
  const std::string name(method);
  families_->calls.Add({{"method", name}, {"code", std::string(code)}, {"reason", std::string(reason)}}).Increment();
  families_->call_seconds.Add({{"method", name}}, kCallBuckets).Observe(absl::ToDoubleSeconds(duration));
}

void Metrics::CountFetch(std::string_view kind, std::string_view reason, absl::Duration duration) {
  families_->fetches.Add({{"kind", std::string(kind)}, {"reason", std::string(reason)}}).Increment();
  if (duration > absl::ZeroDuration()) families_->fetch_seconds.Observe(absl::ToDoubleSeconds(duration));
}

void Metrics::CountAssertion(std::string_view reason) {
  families_->assertions.Add({{"reason", std::string(reason)}}).Increment();
}

void Metrics::CountCommitGroup(int commits, absl::Duration sync_duration) {
  families_->commits.Increment(commits);
  families_->group_size.Observe(commits);
  families_->sync_seconds.Observe(absl::ToDoubleSeconds(sync_duration));
}

void Metrics::SetStreams(int open) { families_->streams.Set(open); }

void Metrics::CountStreamMessage(std::string_view method, absl::Duration lag) {
  families_->stream_messages.Add({{"method", std::string(method)}}).Increment();
  families_->stream_lag.Observe(absl::ToDoubleSeconds(lag));
}

void Metrics::CountLinkedAuditEvents(int64_t events) {
  families_->linked_audit_events.Increment(static_cast<double>(events));
}

void Metrics::SetUnlinkedAuditLogs(int logs) { families_->unlinked_audit_logs.Set(logs); }

absl::StatusOr<int> Metrics::Serve(const std::string& address) {
  // The library reports a port that cannot be bound by throwing; nothing is thrown past here.
  try {
    families_->exposer = std::make_unique<prometheus::Exposer>(address, /*num_threads=*/1);
  } catch (const std::exception& error) {
    return absl::UnavailableError("cannot serve metrics on " + address + ": " + error.what());
  }
  families_->exposer->RegisterCollectable(families_->registry);
  return families_->exposer->GetListeningPorts().front();
}

}  // namespace cimd::telemetry
