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

// Blocks the calling thread for this long, or until about 20 ms after `is_cancelled` says so.
void SleepUnlessCancelled(absl::Duration duration, const std::function<bool()>& is_cancelled);

struct FetchSchedulerOptions {
  // Fetches under way at the same time. One more waits for its turn. One tenant takes at most half of a host's places,
  // rounded up.
  int max_per_host = 4;
  int max_per_tenant = 24;
  int max_total = 64;
  // Callers that may wait for their turn. One more is BUSY, and so is one that has waited for max_wait or up to its own
  // deadline. Bounded per host, so that callers for other hosts do not wait behind a slow one, and per tenant. One
  // tenant takes at most half of a host's queue, rounded up.
  int max_waiting_per_host = 16;
  int max_waiting_per_tenant = 24;
  int max_waiting = 64;
  absl::Duration max_wait = absl::Seconds(5);

  // UNREACHABLE is answered this long after the fetch began, and no sooner. More than the fetcher's connect_timeout, so
  // that names that do not exist, forbidden addresses, closed ports and silent ones take the same time.
  absl::Duration unreachable_answer_time = absl::Milliseconds(2500);

  // For one URL and tenant, whatever the failure. The first failure costs nothing, so that an admin who has corrected a
  // document can try again at once. An automatic loop is down to one request a minute after eight tries.
  Backoff url_backoff = {.free_failures = 1};
  // For a host that cannot be reached or fails TLS: its other URLs would fail as well. Shared by all tenants.
  Backoff unreachable_host_backoff = {.free_failures = 4};
  // For a host and tenant, when the host accepts connections and does not answer in time.
  Backoff slow_host_backoff = {.free_failures = 4};
  // For a host and tenant, when the host answers with something unusable. A tenant's users can make us ask a host for
  // invented URLs; they must not keep the tenant from the real ones. Hence many free failures and a wait of at most one
  // second.
  Backoff refusing_host_backoff = {.free_failures = 19, .max_wait = absl::Seconds(1)};
  // Entries whose failures are remembered, for each of these four.
  size_t max_paced_keys = 4096;
  // URLs, for each tenant, that are remembered because their last fetch succeeded.
  size_t max_good_urls = 65'536;

  // Called for fetches that were not tried (PACED, BUSY), never for others. May be empty.
  FetchObserver observer = {};
  std::function<absl::Time()> now = [] { return absl::Now(); };
  // The revision of the newest commit that every server of the deployment can see, for FetchResult::order.
  std::function<int64_t()> revision = [] { return int64_t{0}; };
  // Blocks the calling thread for this long, or until it is cancelled.
  std::function<void(absl::Duration, const std::function<bool()>& is_cancelled)> pause = SleepUnlessCancelled;
};

// Limits how another Fetcher is used, and what can be learned by using it:
//  - callers that ask for the same URL with the same conditions at the same time share one fetch and its result;
//  - fetches are bounded per host ("host:port"), per tenant, per tenant and host, and in all. A caller that finds no
//    place waits a little for one;
//  - after failures, further fetches are held back for a while: PACED, and nothing is sent. This is pacing, not a
//    negative cache: no failure is answered from memory, and a success resets it (CIMD draft section 5.2). One tenant's
//    failures do not hold back another tenant, unless the host cannot be reached or fails TLS. A URL whose last fetch
//    succeeded is only held back by its own failures;
//  - UNREACHABLE is answered at a fixed time after the fetch began, whatever the cause and however early it was known,
//    so that nobody can measure what a name resolves to or which addresses it has. Until then the fetch counts as under
//    way for everybody else: its place is taken, and its failure does not count.
//
// A caller that is cancelled (FetchRequest::is_cancelled) leaves within some 20 ms. A shared fetch goes on while
// somebody waits for it, on the thread of the caller that began it.
//
// Safe for concurrent use. `next` has to outlive it. Destroy it only when no call is under way. Memory is bounded by
// max_paced_keys and max_good_urls, however many URLs callers invent.
class FetchScheduler : public Fetcher {
 public:
  // A snapshot, for metrics.
  struct Load {
    // Fetches under way.
    int active = 0;
    // Callers that wait for a fetch that another caller began.
    int waiting = 0;
    // Callers that wait for their turn.
    int queued = 0;
    // Keys whose failures are remembered, in all.
    size_t paced_keys = 0;
  };

  FetchScheduler(Fetcher& next, FetchSchedulerOptions options);
  ~FetchScheduler() override;

  FetchResult Fetch(const FetchRequest& request) override;
  Load load() const;

 private:
  struct Flight;
  // The places and queue slots that one host, one tenant, or one tenant at one host uses.
  struct Share {
    int active = 0;
    int queued = 0;
  };
  using Shares = absl::flat_hash_map<std::string, Share>;
  // One call of Fetch.
  struct Caller;

  static Share ShareOf(const Shares& shares, const std::string& name);
  // Changes the caller's use of its host, its tenant, and its tenant at its host by one place or queue slot.
  void Take(const Caller& caller, int Share::*place) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Return(const Caller& caller, int Share::*place) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Joins or begins a flight, for which it may wait; the reason not to, or UNSPECIFIED.
  v1::FetchFailureReason Admit(Caller& caller) ABSL_LOCKS_EXCLUDED(mutex_);
  bool IsPaced(const Caller& caller, absl::Time now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasPlaceFor(const Caller& caller) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasQueueSlotFor(const Caller& caller) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Waits for a place, or for a flight to join. BUSY when neither comes in time, or the queue is full.
  v1::FetchFailureReason WaitForTurn(const Caller& caller) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Does the fetch of a flight that this caller began.
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
  // The server itself, under the empty name, has no bound of its own.
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
