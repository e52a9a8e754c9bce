#include "client/cli/input/url_queue.h"

#include <utility>

#include "absl/strings/ascii.h"

namespace cimd::cli {
namespace {

// The authority of the URL, between "//" and the path, in lower case.
std::string HostOf(std::string_view url) {
  const size_t slashes = url.find("//");
  if (slashes != std::string_view::npos) url.remove_prefix(slashes + 2);
  return absl::AsciiStrToLower(std::string(url.substr(0, url.find_first_of("/?#"))));
}

}  // namespace

UrlQueue::UrlQueue(const std::vector<std::string>& urls, int per_host) : per_host_(per_host), remaining_(urls.size()) {
  for (const std::string& url : urls) {
    Host& host = hosts_[HostOf(url)];
    if (host.urls.empty()) ready_.push_back(&host);
    host.urls.push_back(url);
  }
}

std::optional<std::string> UrlQueue::Take() {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &UrlQueue::CanDecide));
  if (stopped_ || remaining_ == 0) return std::nullopt;
  Host& host = *ready_.front();
  ready_.pop_front();
  std::string url = std::move(host.urls.front());
  host.urls.pop_front();
  ++host.active;
  --remaining_;
  if (!host.urls.empty() && host.active < per_host_) ready_.push_back(&host);
  return url;
}

void UrlQueue::Finish(const std::string& url) {
  absl::MutexLock lock(&mutex_);
  Host& host = hosts_[HostOf(url)];
  if (host.active == per_host_ && !host.urls.empty()) ready_.push_back(&host);
  --host.active;
}

void UrlQueue::Stop() {
  absl::MutexLock lock(&mutex_);
  stopped_ = true;
}

size_t UrlQueue::remaining() const {
  absl::MutexLock lock(&mutex_);
  return remaining_;
}

}  // namespace cimd::cli
