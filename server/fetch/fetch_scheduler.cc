#include "server/fetch/fetch_scheduler.h"

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

FetchScheduler::FetchScheduler(Fetcher& next, FetchSchedulerOptions options)
    : next_(next),
      options_(std::move(options)),
      failing_urls_(options_.url_law, options_.max_paced_keys),
      unavailable_hosts_(options_.unavailable_host_law, options_.max_paced_keys),
      refusing_hosts_(options_.refusing_host_law, options_.max_paced_keys) {}

FetchScheduler::~FetchScheduler() = default;

FetchResult FetchScheduler::Fetch(const FetchRequest& request) {
  const std::string key = KeyOf(request);
  const std::string host = UrlHost(request.url);
  const absl::Time start = options_.now();
  auto flight = std::make_shared<Flight>();
  v1::FetchFailureReason reason = v1::FETCH_FAILURE_REASON_UNSPECIFIED;
  bool joined = false;
  {
    const absl::MutexLock lock(&mutex_);
    if (const auto under_way = flights_.find(key); under_way != flights_.end()) {
      flight = under_way->second;
      joined = true;
      ++waiting_;
    } else if (reason = ReasonNotToStart(request.url, host, start); reason == v1::FETCH_FAILURE_REASON_UNSPECIFIED) {
      flights_.emplace(key, flight);
      ++active_per_host_[host];
    }
  }
  if (joined) {
    flight->done.WaitForNotification();
    const absl::MutexLock lock(&mutex_);
    --waiting_;
    return flight->result;
  }
  if (reason != v1::FETCH_FAILURE_REASON_UNSPECIFIED) {
    FetchResult result;
    result.failed = true;
    result.failure = MakeFetchFailure(reason, 0, start);
    if (options_.observer) {
      options_.observer({.host = host, .kind = result.failure.kind(), .reason = reason, .detail = "nothing was sent"});
    }
    return result;
  }

  flight->result = next_.Fetch(request);
  const absl::Time end = options_.now();
  {
    const absl::MutexLock lock(&mutex_);
    flights_.erase(key);
    const auto active = active_per_host_.find(host);
    if (--active->second == 0) active_per_host_.erase(active);
    Record(request.url, host, flight->result, end);
  }
  flight->done.Notify();
  return flight->result;
}

v1::FetchFailureReason FetchScheduler::ReasonNotToStart(const std::string& url, const std::string& host,
                                                        absl::Time now) const {
  if (failing_urls_.WaitFor(url, now) > absl::ZeroDuration() ||
      unavailable_hosts_.WaitFor(host, now) > absl::ZeroDuration() ||
      refusing_hosts_.WaitFor(host, now) > absl::ZeroDuration()) {
    return v1::FETCH_FAILURE_REASON_PACED;
  }
  // Every flight is one active fetch.
  if (flights_.size() >= static_cast<size_t>(options_.max_total)) return v1::FETCH_FAILURE_REASON_BUSY;
  const auto active = active_per_host_.find(host);
  if (active != active_per_host_.end() && active->second >= options_.max_per_host) {
    return v1::FETCH_FAILURE_REASON_BUSY;
  }
  return v1::FETCH_FAILURE_REASON_UNSPECIFIED;
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
          .paced_keys = failing_urls_.size() + unavailable_hosts_.size() + refusing_hosts_.size()};
}

}  // namespace cimd::fetch
