#ifndef CIMD_SERVER_FETCH_FETCH_SCHEDULER_H_
#define CIMD_SERVER_FETCH_FETCH_SCHEDULER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/cache/lru_map.h"
#include "server/fetch/failure_pacer.h"
#include "server/fetch/fetch_observation.h"
#include "server/fetch/fetcher.h"

namespace cimd::fetch {

// Blocks the calling thread for `duration`. Returns early, within about 20 ms, once `is_cancelled` returns true.
void SleepUnlessCancelled(absl::Duration duration, const std::function<bool()>& is_cancelled);

struct FetchSchedulerOptions {
  // Concurrent fetches. Further callers wait in a queue. One tenant takes at most half of a host's fetch slots, rounded
  // up.
  int max_per_host = 4;
  int max_per_tenant = 24;
  int max_total = 64;
  // Callers that wait for a fetch slot. A caller is BUSY if the queue is full, or after it waited for max_wait or until
  // its own deadline. The limit per host keeps callers for other hosts from waiting behind a slow one. One tenant takes
  // at most half of a host's queue, rounded up.
  int max_waiting_per_host = 16;
  int max_waiting_per_tenant = 24;
  int max_waiting = 64;
  absl::Duration max_wait = absl::Seconds(5);

  // UNREACHABLE is always returned this long after the fetch began. Must exceed the fetcher's connect_timeout, so that
  // names that do not exist, forbidden addresses, closed ports and silent ports take the same time.
  absl::Duration unreachable_answer_time = absl::Milliseconds(2500);

  // Per URL and tenant, for every failure. The first failure causes no wait, so that an admin who has corrected a
  // document can retry at once. An automatic loop drops to one request a minute after eight tries.
  Backoff url_backoff = {.free_failures = 1};
  // Per host, for a host that cannot be reached or fails TLS: its other URLs would fail as well. Shared by all tenants.
  Backoff unreachable_host_backoff = {.free_failures = 4};
  // Per host and tenant, for a host that accepts connections and does not answer in time.
  Backoff slow_host_backoff = {.free_failures = 4};
  // Per host and tenant, for a host whose answer is unusable. A tenant's users can cause fetches of invented URLs at a
  // host. These failures must not block the tenant's real URLs there: hence many free failures and a wait of at most
  // one second.
  Backoff refusing_host_backoff = {.free_failures = 19, .max_wait = absl::Seconds(1)};
  // Most keys whose failures are remembered, for each of these four.
  size_t max_paced_keys = 4096;
  // Most URLs per tenant that are remembered because their last fetch succeeded.
  size_t max_good_urls = 65'536;

  // Called only for fetches that were not tried (PACED, BUSY). May be empty.
  FetchObserver observer = {};
  std::function<absl::Time()> now = [] { return absl::Now(); };
  // The revision of the newest commit that every server of the deployment can see, for FetchResult::order.
  std::function<int64_t()> revision = [] { return int64_t{0}; };
  // Blocks the calling thread for this long, or until it is cancelled.
  std::function<void(absl::Duration, const std::function<bool()>& is_cancelled)> pause = SleepUnlessCancelled;
};

// Limits how another Fetcher is used, and what callers can learn through it:
//  - Concurrent callers with the same URL and the same conditions share one fetch and its result.
//  - Fetches are limited per host ("host:port"), per tenant, per tenant and host, and in total. A caller without a
//    fetch slot waits for one for a limited time.
//  - After failures, further fetches are delayed: PACED, and nothing is sent. This is pacing, not a negative cache: no
//    failure is answered from memory, and a success resets it (CIMD draft section 5.2). One tenant's failures do not
//    delay another tenant, unless the host cannot be reached or fails TLS. A URL whose last fetch succeeded is only
//    delayed by its own failures.
//  - UNREACHABLE is returned at a fixed time after the fetch began, whatever the cause. So callers cannot measure
//    whether a name resolves or which addresses it has. Until then the fetch is still under way: it keeps its slot, and
//    its failure does not count yet.
//
// A cancelled caller (FetchRequest::is_cancelled) returns within about 20 ms. A shared fetch continues while any caller
// waits for it, on the thread of the caller that began it.
//
// Safe for concurrent use. `next` must outlive it. Destroy it only when no call is under way. max_paced_keys and
// max_good_urls bound its memory, however many URLs callers invent.
class FetchScheduler : public Fetcher {
 public:
  // A snapshot, for metrics.
  struct Load {
    // Fetches under way.
    int active = 0;
    // Callers that wait for a fetch that another caller began.
    int waiting = 0;
    // Callers that wait for a fetch slot.
    int queued = 0;
    // Keys whose failures are remembered, in total.
    size_t paced_keys = 0;
  };

  FetchScheduler(Fetcher& next, FetchSchedulerOptions options);
  ~FetchScheduler() override;

  FetchResult Fetch(const FetchRequest& request) override;
  Load load() const;

 private:
  struct Flight;
  // The fetch slots and queue slots used by one host, one tenant, or one tenant at one host.
  struct Share {
    int active = 0;
    int queued = 0;
  };
  using Shares = absl::flat_hash_map<std::string, Share>;
  // One call of Fetch.
  struct Caller;

  static Share ShareOf(const Shares& shares, const std::string& name);
  // Changes by one how many fetch slots or queue slots the caller's host, its tenant, and its tenant at that host use.
  void Take(const Caller& caller, int Share::*place) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Return(const Caller& caller, int Share::*place) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Joins or begins a flight, after waiting for a slot if necessary. Returns UNSPECIFIED, or the reason why no fetch is
  // tried.
  v1::FetchFailureReason Admit(Caller& caller) ABSL_LOCKS_EXCLUDED(mutex_);
  bool IsPaced(const Caller& caller, absl::Time now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasPlaceFor(const Caller& caller) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasQueueSlotFor(const Caller& caller) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Waits for a fetch slot, or for a flight to join. BUSY if neither is available in time, or if the queue is full.
  v1::FetchFailureReason WaitForTurn(const Caller& caller) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Runs the fetch of a flight that this caller began.
  FetchResult Fly(const Caller& caller) ABSL_LOCKS_EXCLUDED(mutex_);
  // Waits for the result of a flight that another caller began.
  FetchResult Join(const Caller& caller) ABSL_LOCKS_EXCLUDED(mutex_);
  FetchResult NotTried(const Caller& caller, v1::FetchFailureReason reason) const;
  void Record(const Caller& caller, const FetchResult& result, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Fetcher& next_;
  const FetchSchedulerOptions options_;

  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, std::shared_ptr<Flight>> flights_ ABSL_GUARDED_BY(mutex_);
  Shares hosts_ ABSL_GUARDED_BY(mutex_);
  // By tenant name. The empty name counts the server's own fetches, which no tenant limit applies to.
  Shares tenants_ ABSL_GUARDED_BY(mutex_);
  Shares tenants_at_hosts_ ABSL_GUARDED_BY(mutex_);
  int queued_ ABSL_GUARDED_BY(mutex_) = 0;
  int waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t last_order_ ABSL_GUARDED_BY(mutex_) = 0;
  // By tenant and URL, by host, and twice by tenant and host.
  FailurePacer failing_urls_ ABSL_GUARDED_BY(mutex_);
  FailurePacer unreachable_hosts_ ABSL_GUARDED_BY(mutex_);
  FailurePacer slow_hosts_ ABSL_GUARDED_BY(mutex_);
  FailurePacer refusing_hosts_ ABSL_GUARDED_BY(mutex_);
  // By tenant and URL.
  cache::LruMap<std::monostate> good_urls_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cimd::fetch

#endif  // CIMD_SERVER_FETCH_FETCH_SCHEDULER_H_
