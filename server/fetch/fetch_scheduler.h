#ifndef CIMD_SERVER_FETCH_FETCH_SCHEDULER_H_
#define CIMD_SERVER_FETCH_FETCH_SCHEDULER_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/fetch/failure_pacer.h"
#include "server/fetch/fetch_observation.h"
#include "server/fetch/fetcher.h"

namespace cimd::fetch {

struct FetchSchedulerOptions {
  // Fetches under way at the same time. One more waits for its turn.
  int max_per_host = 4;
  int max_per_tenant = 24;
  int max_total = 64;
  // Callers that may wait for their turn; one more is BUSY, and so is one that has waited for max_wait, or up to its
  // own deadline. Bounded per host too, for a host that answers slowly must not keep others waiting behind it; and per
  // tenant, for one that asks for much must not either.
  int max_waiting_per_host = 16;
  int max_waiting_per_tenant = 24;
  int max_waiting = 64;
  absl::Duration max_wait = absl::Seconds(5);

  // How long after a fetch began UNREACHABLE is known, and no sooner. More than the fetcher's connect_timeout, so that
  // names that do not exist, forbidden addresses, closed ports and silent ones take the same time.
  absl::Duration unreachable_answer_time = absl::Milliseconds(2500);

  // Of one URL, whatever the failure. The first costs nothing, so that an admin who has just mended a document, or who
  // made a slip, can try again at once; an automatic loop is down to one request a minute after eight tries.
  PacingLaw url_law = {.free_failures = 1};
  // Of a host that cannot be reached, does not answer in time or fails TLS: it would fail for its other URLs too.
  PacingLaw unavailable_host_law = {.free_failures = 4};
  // Of a host that answers, but with nothing usable, for whatever URL. Someone may be making us ask a host for
  // invented URLs; but whoever can do that must not be able to keep its real documents from us. Hence much patience,
  // and never more than one second.
  PacingLaw refusing_host_law = {.free_failures = 19, .max_wait = absl::Seconds(1)};
  // URLs, and hosts for each of their laws, whose failures are remembered.
  size_t max_paced_keys = 4096;

  // Told of fetches that were not tried (PACED, BUSY), never of others. May be empty.
  FetchObserver observer = {};
  std::function<absl::Time()> now = [] { return absl::Now(); };
  // Blocks the calling thread for so long.
  std::function<void(absl::Duration)> pause = [](absl::Duration duration) { absl::SleepFor(duration); };
};

// Keeps another Fetcher from being used too much, and from being used to look around:
//  - callers that ask for the same URL with the same conditions at the same time share one fetch and its result;
//  - fetches are bounded per host ("host:port"), per tenant and in all; who finds every place taken waits a little for
//  one;
//  - what keeps failing is left alone for a while: PACED, and nothing is sent. That is pacing, not a negative cache: no
//    failure is answered from memory, a success resets it, and successes are never held back (CIMD draft section 5.2);
//  - an UNREACHABLE answer comes at a fixed time after the fetch began, whatever the reason was and however soon it was
//    known, so that nobody can measure what a name resolves to or which addresses are behind it. Until then the fetch
//    is under way for everybody else as well: its place is taken, and its failure does not count.
//
// Safe for concurrent use. `next` has to outlive it. Destroy it only when no call is under way. Memory is bounded by
// max_paced_keys, however many URLs callers invent.
class FetchScheduler : public Fetcher {
 public:
  // A snapshot, for metrics.
  struct Load {
    // Fetches under way.
    int active = 0;
    // Callers that wait for a fetch that another one began.
    int waiting = 0;
    // Callers that wait for their turn.
    int queued = 0;
    // URLs and hosts whose failures are remembered.
    size_t paced_keys = 0;
  };

  FetchScheduler(Fetcher& next, FetchSchedulerOptions options);
  ~FetchScheduler() override;

  FetchResult Fetch(const FetchRequest& request) override;
  Load load() const;

 private:
  struct Flight;
  // What one host, or one tenant, takes of what there is.
  struct Share {
    int active = 0;
    int queued = 0;
  };
  using Shares = absl::flat_hash_map<std::string, Share>;
  // One call, as it is looked at again and again while it waits.
  struct Caller;

  static Share ShareOf(const Shares& shares, const std::string& name);
  // Gives one place back.
  static void Return(Shares& shares, const std::string& name, int Share::*place);
  // Joins or begins a flight, for which it may wait; the reason not to, or UNSPECIFIED.
  v1::FetchFailureReason Admit(Caller& caller) ABSL_LOCKS_EXCLUDED(mutex_);
  bool IsPaced(const std::string& url, const std::string& host, absl::Time now) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasPlaceFor(const Caller& caller) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Waits for a place, or for a flight to join; BUSY when neither comes, or may be waited for.
  v1::FetchFailureReason WaitForTurn(const Caller& caller) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  FetchResult Fly(const Caller& caller) ABSL_LOCKS_EXCLUDED(mutex_);
  FetchResult NotTried(const Caller& caller, v1::FetchFailureReason reason) const;
  void Record(const std::string& url, const std::string& host, const FetchResult& result, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Fetcher& next_;
  const FetchSchedulerOptions options_;

  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, std::shared_ptr<Flight>> flights_ ABSL_GUARDED_BY(mutex_);
  Shares hosts_ ABSL_GUARDED_BY(mutex_);
  // The server itself, under the empty name, has no bound.
  Shares tenants_ ABSL_GUARDED_BY(mutex_);
  int queued_ ABSL_GUARDED_BY(mutex_) = 0;
  int waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  FailurePacer failing_urls_ ABSL_GUARDED_BY(mutex_);
  FailurePacer unavailable_hosts_ ABSL_GUARDED_BY(mutex_);
  FailurePacer refusing_hosts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cimd::fetch

#endif  // CIMD_SERVER_FETCH_FETCH_SCHEDULER_H_
