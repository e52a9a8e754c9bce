#include "server/telemetry/metrics.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "server/telemetry/exposition.h"
#include "server/telemetry/metric_names.h"

namespace cimd::telemetry {
namespace {

using prometheus::Histogram;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr absl::Duration kCallBounds[] = {
    absl::Microseconds(100),  absl::Microseconds(250),  absl::Microseconds(500), absl::Milliseconds(1),
    absl::Microseconds(2500), absl::Milliseconds(5),    absl::Milliseconds(10),  absl::Milliseconds(25),
    absl::Milliseconds(50),   absl::Milliseconds(100),  absl::Milliseconds(250), absl::Milliseconds(500),
    absl::Seconds(1),         absl::Milliseconds(2500), absl::Seconds(5),        absl::Seconds(10)};
// A read from memory takes microseconds; a commit takes as long as the disk.
constexpr absl::Duration kStoreBounds[] = {absl::Microseconds(1),   absl::Nanoseconds(2500),  absl::Microseconds(5),
                                           absl::Microseconds(10),  absl::Microseconds(25),   absl::Microseconds(50),
                                           absl::Microseconds(100), absl::Microseconds(250),  absl::Microseconds(500),
                                           absl::Milliseconds(1),   absl::Microseconds(2500), absl::Milliseconds(5),
                                           absl::Milliseconds(10),  absl::Milliseconds(25),   absl::Milliseconds(50),
                                           absl::Milliseconds(100), absl::Milliseconds(500),  absl::Seconds(2)};
const Histogram::BucketBoundaries kSyncBuckets{0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1};
const Histogram::BucketBoundaries kGroupBuckets{1, 2, 4, 8, 16, 32, 64, 128};

Histogram::BucketBoundaries InSeconds(absl::Span<const absl::Duration> bounds) {
  Histogram::BucketBoundaries seconds;
  for (const absl::Duration bound : bounds) seconds.push_back(absl::ToDoubleSeconds(bound));
  return seconds;
}

// Calls the sampler each time metrics are collected.
class Sampled final : public prometheus::Collectable {
 public:
  void SampleFrom(std::function<Sample()> sampler) {
    const std::lock_guard lock(mutex_);
    sampler_ = std::move(sampler);
  }

  std::vector<MetricFamily> Collect() const override {
    const std::lock_guard lock(mutex_);
    if (sampler_ == nullptr) return {};
    const Sample sample = sampler_();
    auto gauge = [](const char* name, const char* help, double value) {
      return MakeFamily(name, help, MetricType::Gauge, {{{}, value}});
    };
    std::vector<MetricFamily> families{
        gauge(kStoreBytes, "Bytes that the store takes on disk.", static_cast<double>(sample.store_bytes)),
        gauge(kStoreWritable, "Whether changes can be stored.", sample.store_writable ? 1 : 0),
        gauge(kFetchesUnderWay, "Fetches under way.", sample.fetches_under_way),
        gauge(kAuditBacklogSeconds, "Seconds since the oldest commit whose audit events are not linked.",
              absl::ToDoubleSeconds(sample.audit_backlog)),
    };
    if (sample.store_free_bytes.has_value()) {
      families.push_back(gauge(kStoreFreeBytes, "Bytes that are free where the store is.",
                               static_cast<double>(*sample.store_free_bytes)));
    }
    std::vector<std::pair<prometheus::Labels, double>> lookups;
    for (const CacheLookups& cache : sample.caches) {
      const std::string name(cache.cache);
      lookups.push_back({{{"cache", name}, {"outcome", "hit"}}, static_cast<double>(cache.hits)});
      lookups.push_back({{{"cache", name}, {"outcome", "miss"}}, static_cast<double>(cache.misses)});
    }
    families.push_back(MakeFamily(kCacheLookups, "Look-ups in caches.", MetricType::Counter, lookups));
    return families;
  }

 private:
  mutable std::mutex mutex_;
  std::function<Sample()> sampler_;
};

}  // namespace

struct Metrics::Families {
  Families() {
    exposition.Add(calls);
    exposition.Add(call_seconds);
    exposition.Add(decisions);
    exposition.Add(store_seconds);
    exposition.Add(sampled);
  }

  Exposition exposition;
  prometheus::Registry& registry = exposition.registry();
  const std::shared_ptr<CounterFamily> calls = MakeCounters(kRpcCalls, "Calls that ended.");
  const std::shared_ptr<DurationFamily> call_seconds =
      MakeDurations(kRpcSeconds, "Seconds from arrival to answer.", kCallBounds);
  const std::shared_ptr<CounterFamily> decisions = MakeCounters(kDecisions, "Decisions by outcome.");
  const std::shared_ptr<DurationFamily> store_seconds =
      MakeDurations(kStoreSeconds, "Seconds that operations of the store took.", kStoreBounds);
  const std::shared_ptr<Sampled> sampled = std::make_shared<Sampled>();
  prometheus::Family<prometheus::Counter>& fetches =
      prometheus::BuildCounter().Name(kFetches).Help("Document fetches by outcome.").Register(registry);
  Histogram& fetch_seconds = prometheus::BuildHistogram()
                                 .Name(kFetchSeconds)
                                 .Help("Seconds that fetches took.")
                                 .Register(registry)
                                 .Add({}, InSeconds(kCallBounds));
  prometheus::Family<prometheus::Counter>& assertions =
      prometheus::BuildCounter().Name(kAssertions).Help("Client assertions by verdict.").Register(registry);
  prometheus::Family<prometheus::Counter>& key_refreshes =
      prometheus::BuildCounter().Name(kKeyRefreshes).Help("Key sets read again by outcome.").Register(registry);
  prometheus::Counter& commits =
      prometheus::BuildCounter().Name(kCommits).Help("Commits that became durable.").Register(registry).Add({});
  Histogram& group_size = prometheus::BuildHistogram()
                              .Name(kCommitGroupSize)
                              .Help("Commits that shared one synchronous write.")
                              .Register(registry)
                              .Add({}, kGroupBuckets);
  Histogram& sync_seconds = prometheus::BuildHistogram()
                                .Name(kCommitSyncSeconds)
                                .Help("Seconds that synchronous writes took.")
                                .Register(registry)
                                .Add({}, kSyncBuckets);
  prometheus::Gauge& streams =
      prometheus::BuildGauge().Name(kStreams).Help("Streams of changes that are open.").Register(registry).Add({});
  prometheus::Family<prometheus::Counter>& stream_messages =
      prometheus::BuildCounter().Name(kStreamMessages).Help("Messages with changes that were sent.").Register(registry);
  Histogram& stream_lag = prometheus::BuildHistogram()
                              .Name(kStreamLagSeconds)
                              .Help("Seconds from a commit to the sending of its message.")
                              .Register(registry)
                              .Add({}, InSeconds(kCallBounds));
  prometheus::Counter& linked_audit_events = prometheus::BuildCounter()
                                                 .Name(kLinkedAuditEvents)
                                                 .Help("Audit events that were linked into their chain.")
                                                 .Register(registry)
                                                 .Add({});
  prometheus::Counter& unreadable_records = prometheus::BuildCounter()
                                                .Name(kUnreadableRecords)
                                                .Help("Records that background work could not read and passed over.")
                                                .Register(registry)
                                                .Add({});
};

Metrics::Metrics() : families_(std::make_unique<Families>()) {
  prometheus::BuildGauge()
      .Name(kBuildInfo)
      .Help("What is running; always 1.")
      .Register(families_->registry)
      .Add({{"version", CIMD_VERSION}})
      .Set(1);
}

Metrics::~Metrics() = default;

Metrics::MethodCalls::MethodCalls(Metrics& metrics, std::string_view method)
    : metrics_(metrics),
      method_(method),
      ok_(metrics.families_->calls->Get({{"method", method_}, {"code", "OK"}, {"reason", ""}})),
      seconds_(metrics.families_->call_seconds->Get({{"method", method_}})) {}

void Metrics::MethodCalls::Count(std::string_view code, std::string_view reason, bool by_fault,
                                 absl::Duration duration) const {
  seconds_.Observe(duration);
  metrics_.calls_.Add();
  if (by_fault) metrics_.failed_calls_.Add();
  if (code == "OK" && reason.empty()) return ok_.Add();
  metrics_.families_->calls->Get({{"method", method_}, {"code", std::string(code)}, {"reason", std::string(reason)}})
      .Add();
}

Counter& Metrics::Decisions(std::string_view outcome, std::string_view reason) {
  return families_->decisions->Get({{"outcome", std::string(outcome)}, {"reason", std::string(reason)}});
}

DurationHistogram& Metrics::StoreSeconds(std::string_view operation) {
  return families_->store_seconds->Get({{"operation", std::string(operation)}});
}

void Metrics::CountFetch(std::string_view kind, std::string_view reason, absl::Duration duration) {
  families_->fetches.Add({{"kind", std::string(kind)}, {"reason", std::string(reason)}}).Increment();
  if (duration > absl::ZeroDuration()) families_->fetch_seconds.Observe(absl::ToDoubleSeconds(duration));
}

void Metrics::CountAssertion(std::string_view reason) {
  families_->assertions.Add({{"reason", std::string(reason)}}).Increment();
}

void Metrics::CountKeyRefresh(std::string_view outcome) {
  families_->key_refreshes.Add({{"outcome", std::string(outcome)}}).Increment();
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

void Metrics::CountUnreadableRecords(int64_t records) {
  families_->unreadable_records.Increment(static_cast<double>(records));
}

void Metrics::SampleFrom(std::function<Sample()> sampler) { families_->sampled->SampleFrom(std::move(sampler)); }

absl::StatusOr<int> Metrics::Serve(const std::string& address) { return families_->exposition.Serve(address); }

}  // namespace cimd::telemetry
