#include "server/fetch/fetch_scheduler.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "server/fetch/response_rules.h"
#include "server/fetch/url_host.h"

namespace cimd::fetch {
namespace {

// How often a waiting caller checks for cancellation.
constexpr absl::Duration kPollInterval = absl::Milliseconds(20);
// FetchResult::order is a revision, shifted left by this many bits, plus a number. The number distinguishes fetches
// that began on this server at the same revision.
constexpr int kOrderBitsPerRevision = 20;

// A monotonic clock: it is never set.
using Steady = std::chrono::steady_clock;

absl::Duration Since(Steady::time_point start) { return absl::FromChrono(Steady::now() - start); }

bool IsCancelled(const FetchRequest& request) { return request.is_cancelled && request.is_cancelled(); }

int HalfOf(int places) { return (places + 1) / 2; }

// Requests with the same key have the same result. No part can contain the separator: all are header values or a URL.
std::string KeyOf(const FetchRequest& request) {
  return absl::StrCat(request.url, "\n", request.if_none_match, "\n", request.if_modified_since, "\n",
                      request.max_bytes);
}

}  // namespace

void SleepUnlessCancelled(absl::Duration duration, const std::function<bool()>& is_cancelled) {
  const Steady::time_point start = Steady::now();
  // Each sleep lasts slightly longer than requested. Measuring from the start keeps these errors from adding up.
  for (absl::Duration left = duration; left > absl::ZeroDuration() && !is_cancelled(); left = duration - Since(start)) {
    absl::SleepFor(std::min(left, kPollInterval));
  }
}

// A fetch under way. `result` is written before `done` and read after it.
struct FetchScheduler::Flight {
  Flight(absl::Time begin_time, int64_t order) : begin_time(begin_time), order(order) {}

  absl::Notification done;
  FetchResult result;
  const absl::Time begin_time;
  const int64_t order;
  // Callers that wait for this flight, without the one that began it.
  std::atomic<int> joined = 0;
};

struct FetchScheduler::Caller {
  explicit Caller(const FetchRequest& request, absl::Time arrival)
      : request(request),
        key(KeyOf(request)),
        host(UrlHost(request.url)),
        tenant_and_host(absl::StrCat(request.tenant, "\n", host)),
        tenant_and_url(absl::StrCat(request.tenant, "\n", request.url)),
        arrival(arrival) {}

  // The tenant limits do not apply to the server itself.
  bool is_tenant() const { return !request.tenant.empty(); }

  const FetchRequest& request;
  const std::string key;
  const std::string host;
  const std::string tenant_and_host;
  const std::string tenant_and_url;
  const absl::Time arrival;
  // Set once the caller is admitted. `joined` is true if another caller began the flight.
  std::shared_ptr<Flight> flight = {};
  bool joined = false;
};

FetchScheduler::Share FetchScheduler::ShareOf(const Shares& shares, const std::string& name) {
  const auto share = shares.find(name);
  return share == shares.end() ? Share() : share->second;
}

void FetchScheduler::Take(const Caller& caller, int Share::*place) {
  ++(hosts_[caller.host].*place);
  ++(tenants_[caller.request.tenant].*place);
  ++(tenants_at_hosts_[caller.tenant_and_host].*place);
}

void FetchScheduler::Return(const Caller& caller, int Share::*place) {
  const auto give_back = [place](Shares& shares, const std::string& name) {
    const auto share = shares.find(name);
    --(share->second.*place);
    if (share->second.active == 0 && share->second.queued == 0) shares.erase(share);
  };
  give_back(hosts_, caller.host);
  give_back(tenants_, caller.request.tenant);
  give_back(tenants_at_hosts_, caller.tenant_and_host);
}

FetchScheduler::FetchScheduler(Fetcher& next, FetchSchedulerOptions options)
    : next_(next),
      options_(std::move(options)),
      failing_urls_(options_.url_backoff, options_.max_paced_keys),
      unreachable_hosts_(options_.unreachable_host_backoff, options_.max_paced_keys),
      slow_hosts_(options_.slow_host_backoff, options_.max_paced_keys),
      refusing_hosts_(options_.refusing_host_backoff, options_.max_paced_keys),
      good_urls_(options_.max_good_urls) {}

FetchScheduler::~FetchScheduler() = default;

FetchResult FetchScheduler::Fetch(const FetchRequest& request) {
  Caller caller(request, options_.now());
  while (true) {
    const v1::FetchFailureReason reason = Admit(caller);
    if (reason != v1::FETCH_FAILURE_REASON_UNSPECIFIED) return NotTried(caller, reason);
    FetchResult result = caller.joined ? Join(caller) : Fly(caller);
    // A caller can join a flight just as the other callers abandon it. Then it tries again.
    if (!result.abandoned || IsCancelled(request)) return result;
  }
}

v1::FetchFailureReason FetchScheduler::Admit(Caller& caller) {
  const absl::MutexLock lock(&mutex_);
  // The state may change during a wait: another caller may have begun to fetch the URL, or failed to. So check it all
  // again.
  while (true) {
    if (const auto under_way = flights_.find(caller.key); under_way != flights_.end()) {
      caller.flight = under_way->second;
      caller.joined = true;
      ++caller.flight->joined;
      ++waiting_;
      return v1::FETCH_FAILURE_REASON_UNSPECIFIED;
    }
    if (IsPaced(caller, options_.now())) return v1::FETCH_FAILURE_REASON_PACED;
    if (HasPlaceFor(caller)) break;
    const v1::FetchFailureReason reason = WaitForTurn(caller);
    if (reason != v1::FETCH_FAILURE_REASON_UNSPECIFIED) return reason;
  }
  last_order_ = std::max(last_order_ + 1, options_.revision() << kOrderBitsPerRevision);
  caller.flight = std::make_shared<Flight>(options_.now(), last_order_);
  caller.joined = false;
  flights_.emplace(caller.key, caller.flight);
  Take(caller, &Share::active);
  return v1::FETCH_FAILURE_REASON_UNSPECIFIED;
}

bool FetchScheduler::IsPaced(const Caller& caller, absl::Time now) const {
  if (failing_urls_.WaitFor(caller.tenant_and_url, now) > absl::ZeroDuration()) return true;
  if (good_urls_.Peek(caller.tenant_and_url) != nullptr) return false;
  return unreachable_hosts_.WaitFor(caller.host, now) > absl::ZeroDuration() ||
         slow_hosts_.WaitFor(caller.tenant_and_host, now) > absl::ZeroDuration() ||
         refusing_hosts_.WaitFor(caller.tenant_and_host, now) > absl::ZeroDuration();
}

bool FetchScheduler::HasPlaceFor(const Caller& caller) const {
  // Each flight uses one fetch slot.
  if (flights_.size() >= static_cast<size_t>(options_.max_total)) return false;
  if (ShareOf(hosts_, caller.host).active >= options_.max_per_host) return false;
  return !caller.is_tenant() ||
         (ShareOf(tenants_, caller.request.tenant).active < options_.max_per_tenant &&
          ShareOf(tenants_at_hosts_, caller.tenant_and_host).active < HalfOf(options_.max_per_host));
}

bool FetchScheduler::HasQueueSlotFor(const Caller& caller) const {
  if (queued_ >= options_.max_waiting) return false;
  if (ShareOf(hosts_, caller.host).queued >= options_.max_waiting_per_host) return false;
  return !caller.is_tenant() ||
         (ShareOf(tenants_, caller.request.tenant).queued < options_.max_waiting_per_tenant &&
          ShareOf(tenants_at_hosts_, caller.tenant_and_host).queued < HalfOf(options_.max_waiting_per_host));
}

v1::FetchFailureReason FetchScheduler::WaitForTurn(const Caller& caller) {
  const absl::Duration patience =
      std::min(caller.arrival + options_.max_wait, caller.request.deadline) - options_.now();
  if (!HasQueueSlotFor(caller) || patience <= absl::ZeroDuration()) return v1::FETCH_FAILURE_REASON_BUSY;
  const auto may_go_on = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return flights_.contains(caller.key) || HasPlaceFor(caller);
  };
  ++queued_;
  Take(caller, &Share::queued);
  const Steady::time_point start = Steady::now();
  bool went_on = false;
  do {
    went_on = mutex_.AwaitWithTimeout(absl::Condition(&may_go_on), std::min(patience, kPollInterval));
  } while (!went_on && Since(start) < patience && !IsCancelled(caller.request));
  --queued_;
  Return(caller, &Share::queued);
  return went_on ? v1::FETCH_FAILURE_REASON_UNSPECIFIED : v1::FETCH_FAILURE_REASON_BUSY;
}

FetchResult FetchScheduler::Join(const Caller& caller) {
  Flight& flight = *caller.flight;
  bool landed = false;
  do {
    landed = flight.done.WaitForNotificationWithTimeout(kPollInterval);
  } while (!landed && !IsCancelled(caller.request));
  {
    const absl::MutexLock lock(&mutex_);
    --waiting_;
    --flight.joined;
  }
  return landed ? flight.result : AbandonedFetch(options_.now());
}

FetchResult FetchScheduler::Fly(const Caller& caller) {
  Flight& flight = *caller.flight;
  FetchRequest request = caller.request;
  request.is_cancelled = [&] { return flight.joined == 0 && IsCancelled(caller.request); };
  FetchResult result = next_.Fetch(request);
  absl::Time end = options_.now();
  if (result.failure.reason() == v1::FETCH_FAILURE_REASON_UNREACHABLE) {
    // If the clock was set back during the fetch, the wait must not become longer.
    const absl::Duration left =
        std::min(flight.begin_time + options_.unreachable_answer_time - end, options_.unreachable_answer_time);
    if (left > absl::ZeroDuration()) options_.pause(left, request.is_cancelled);
    end = options_.now();
  }
  result.begin_time = flight.begin_time;
  result.order = flight.order;
  {
    const absl::MutexLock lock(&mutex_);
    flights_.erase(caller.key);
    Return(caller, &Share::active);
    if (!result.abandoned) Record(caller, result, end);
  }
  flight.result = result;
  flight.done.Notify();
  return result;
}

FetchResult FetchScheduler::NotTried(const Caller& caller, v1::FetchFailureReason reason) const {
  FetchResult result;
  result.failed = true;
  result.begin_time = options_.now();
  result.failure = MakeFetchFailure(reason, 0, result.begin_time);
  result.abandoned = IsCancelled(caller.request);
  if (options_.observer) {
    options_.observer({.host = caller.host,
                       .kind = result.failure.kind(),
                       .reason = reason,
                       .detail = "nothing was sent",
                       .traceparent = caller.request.traceparent});
  }
  return result;
}

void FetchScheduler::Record(const Caller& caller, const FetchResult& result, absl::Time now) {
  if (!result.failed) {
    failing_urls_.RecordSuccess(caller.tenant_and_url);
    unreachable_hosts_.RecordSuccess(caller.host);
    slow_hosts_.RecordSuccess(caller.tenant_and_host);
    refusing_hosts_.RecordSuccess(caller.tenant_and_host);
    good_urls_.Put(caller.tenant_and_url, {});
    return;
  }
  failing_urls_.RecordFailure(caller.tenant_and_url, now);
  good_urls_.Erase(caller.tenant_and_url);
  switch (result.failure.reason()) {
    case v1::FETCH_FAILURE_REASON_UNREACHABLE:
    case v1::FETCH_FAILURE_REASON_TLS:
      unreachable_hosts_.RecordFailure(caller.host, now);
      break;
    case v1::FETCH_FAILURE_REASON_TIMEOUT:
      slow_hosts_.RecordFailure(caller.tenant_and_host, now);
      break;
    default:
      unreachable_hosts_.RecordSuccess(caller.host);
      slow_hosts_.RecordSuccess(caller.tenant_and_host);
      refusing_hosts_.RecordFailure(caller.tenant_and_host, now);
  }
}

FetchScheduler::Load FetchScheduler::load() const {
  const absl::MutexLock lock(&mutex_);
  return {.active = static_cast<int>(flights_.size()),
          .waiting = waiting_,
          .queued = queued_,
          .paced_keys = failing_urls_.size() + unreachable_hosts_.size() + slow_hosts_.size() + refusing_hosts_.size()};
}

}  // namespace cimd::fetch
