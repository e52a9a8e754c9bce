#include "server/fetch/fetch_scheduler.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "server/fetch/response_rules.h"
#include "server/fetch/url_host.h"

namespace cimd::fetch {
namespace {

// Requests with the same key get the same answer. No part can hold the separator: all become header lines or a URL.
std::string KeyOf(const FetchRequest& request) {
  return absl::StrCat(request.url, "\n", request.if_none_match, "\n", request.if_modified_since, "\n",
                      request.max_bytes);
}

// Whether the host as a whole is to blame, not the one URL.
bool IsUnavailability(v1::FetchFailureReason reason) {
  return reason == v1::FETCH_FAILURE_REASON_UNREACHABLE || reason == v1::FETCH_FAILURE_REASON_TIMEOUT ||
         reason == v1::FETCH_FAILURE_REASON_TLS;
}

}  // namespace

// A fetch under way. `result` is written before `done` and read after it.
struct FetchScheduler::Flight {
  absl::Notification done;
  FetchResult result;
};

struct FetchScheduler::Caller {
  const FetchRequest& request;
  const std::string key;
  const std::string host;
  const absl::Time arrival;
  // Set when the caller has been admitted; `joined` when another caller began the flight.
  std::shared_ptr<Flight> flight = {};
  bool joined = false;
};

FetchScheduler::Share FetchScheduler::ShareOf(const Shares& shares, const std::string& name) {
  const auto share = shares.find(name);
  return share == shares.end() ? Share() : share->second;
}

void FetchScheduler::Return(Shares& shares, const std::string& name, int Share::*place) {
  const auto share = shares.find(name);
  --(share->second.*place);
  if (share->second.active == 0 && share->second.queued == 0) shares.erase(share);
}

FetchScheduler::FetchScheduler(Fetcher& next, FetchSchedulerOptions options)
    : next_(next),
      options_(std::move(options)),
      failing_urls_(options_.url_law, options_.max_paced_keys),
      unavailable_hosts_(options_.unavailable_host_law, options_.max_paced_keys),
      refusing_hosts_(options_.refusing_host_law, options_.max_paced_keys) {}

FetchScheduler::~FetchScheduler() = default;

FetchResult FetchScheduler::Fetch(const FetchRequest& request) {
  Caller caller{.request = request, .key = KeyOf(request), .host = UrlHost(request.url), .arrival = options_.now()};
  const v1::FetchFailureReason reason = Admit(caller);
  if (reason != v1::FETCH_FAILURE_REASON_UNSPECIFIED) return NotTried(caller, reason);
  return Fly(caller);
}

v1::FetchFailureReason FetchScheduler::Admit(Caller& caller) {
  const absl::MutexLock lock(&mutex_);
  // After a wait everything may be different: another caller may fetch the URL by now, or have failed to.
  while (true) {
    if (const auto under_way = flights_.find(caller.key); under_way != flights_.end()) {
      caller.flight = under_way->second;
      caller.joined = true;
      ++waiting_;
      return v1::FETCH_FAILURE_REASON_UNSPECIFIED;
    }
    if (IsPaced(caller.request.url, caller.host, options_.now())) return v1::FETCH_FAILURE_REASON_PACED;
    if (HasPlaceFor(caller)) break;
    const v1::FetchFailureReason reason = WaitForTurn(caller);
    if (reason != v1::FETCH_FAILURE_REASON_UNSPECIFIED) return reason;
  }
  caller.flight = std::make_shared<Flight>();
  flights_.emplace(caller.key, caller.flight);
  ++hosts_[caller.host].active;
  ++tenants_[caller.request.tenant].active;
  return v1::FETCH_FAILURE_REASON_UNSPECIFIED;
}

bool FetchScheduler::IsPaced(const std::string& url, const std::string& host, absl::Time now) const {
  return failing_urls_.WaitFor(url, now) > absl::ZeroDuration() ||
         unavailable_hosts_.WaitFor(host, now) > absl::ZeroDuration() ||
         refusing_hosts_.WaitFor(host, now) > absl::ZeroDuration();
}

bool FetchScheduler::HasPlaceFor(const Caller& caller) const {
  // Every flight is one active fetch.
  return flights_.size() < static_cast<size_t>(options_.max_total) &&
         ShareOf(hosts_, caller.host).active < options_.max_per_host &&
         (caller.request.tenant.empty() || ShareOf(tenants_, caller.request.tenant).active < options_.max_per_tenant);
}

v1::FetchFailureReason FetchScheduler::WaitForTurn(const Caller& caller) {
  const absl::Duration patience =
      std::min(caller.arrival + options_.max_wait, caller.request.deadline) - options_.now();
  const std::string& tenant = caller.request.tenant;
  const bool queue_full = queued_ >= options_.max_waiting ||
                          ShareOf(hosts_, caller.host).queued >= options_.max_waiting_per_host ||
                          (!tenant.empty() && ShareOf(tenants_, tenant).queued >= options_.max_waiting_per_tenant);
  if (queue_full || patience <= absl::ZeroDuration()) return v1::FETCH_FAILURE_REASON_BUSY;
  const auto may_go_on = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return flights_.contains(caller.key) || HasPlaceFor(caller);
  };
  ++queued_;
  ++hosts_[caller.host].queued;
  ++tenants_[tenant].queued;
  const bool went_on = mutex_.AwaitWithTimeout(absl::Condition(&may_go_on), patience);
  --queued_;
  Return(hosts_, caller.host, &Share::queued);
  Return(tenants_, tenant, &Share::queued);
  return went_on ? v1::FETCH_FAILURE_REASON_UNSPECIFIED : v1::FETCH_FAILURE_REASON_BUSY;
}

FetchResult FetchScheduler::Fly(const Caller& caller) {
  Flight& flight = *caller.flight;
  if (caller.joined) {
    flight.done.WaitForNotification();
    const absl::MutexLock lock(&mutex_);
    --waiting_;
    return flight.result;
  }
  const absl::Time start = options_.now();
  flight.result = next_.Fetch(caller.request);
  absl::Time end = options_.now();
  if (flight.result.failure.reason() == v1::FETCH_FAILURE_REASON_UNREACHABLE) {
    // A clock that was set back in between must not make it longer.
    const absl::Duration left =
        std::min(start + options_.unreachable_answer_time - end, options_.unreachable_answer_time);
    if (left > absl::ZeroDuration()) options_.pause(left);
    end = options_.now();
  }
  {
    const absl::MutexLock lock(&mutex_);
    flights_.erase(caller.key);
    Return(hosts_, caller.host, &Share::active);
    Return(tenants_, caller.request.tenant, &Share::active);
    Record(caller.request.url, caller.host, flight.result, end);
  }
  flight.done.Notify();
  return flight.result;
}

FetchResult FetchScheduler::NotTried(const Caller& caller, v1::FetchFailureReason reason) const {
  FetchResult result;
  result.failed = true;
  result.failure = MakeFetchFailure(reason, 0, options_.now());
  if (options_.observer) {
    options_.observer({.host = caller.host,
                       .kind = result.failure.kind(),
                       .reason = reason,
                       .detail = "nothing was sent",
                       .traceparent = caller.request.traceparent});
  }
  return result;
}

void FetchScheduler::Record(const std::string& url, const std::string& host, const FetchResult& result,
                            absl::Time now) {
  if (!result.failed) {
    failing_urls_.RecordSuccess(url);
    unavailable_hosts_.RecordSuccess(host);
    refusing_hosts_.RecordSuccess(host);
    return;
  }
  failing_urls_.RecordFailure(url, now);
  if (IsUnavailability(result.failure.reason())) {
    unavailable_hosts_.RecordFailure(host, now);
  } else {
    unavailable_hosts_.RecordSuccess(host);
    refusing_hosts_.RecordFailure(host, now);
  }
}

FetchScheduler::Load FetchScheduler::load() const {
  const absl::MutexLock lock(&mutex_);
  return {.active = static_cast<int>(flights_.size()),
          .waiting = waiting_,
          .queued = queued_,
          .paced_keys = failing_urls_.size() + unavailable_hosts_.size() + refusing_hosts_.size()};
}

}  // namespace cimd::fetch
