#ifndef CIMD_CLIENT_CLI_INPUT_URL_QUEUE_H_
#define CIMD_CLIENT_CLI_INPUT_URL_QUEUE_H_

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace cimd::cli {

// Hands out URLs to several workers, never more than `per_host` of one host at the same time: a server refuses to fetch
// too much from one host at once, and hosts deserve it. Hosts take turns; the URLs of one keep their order. URLs are
// text of the operator's and need not be well-formed. Thread-safe.
class UrlQueue {
 public:
  UrlQueue(const std::vector<std::string>& urls, int per_host);

  // The next URL, as soon as there is one whose host has room; nullopt when all were handed out, or after Stop. Each
  // URL taken has to be given back to Finish.
  std::optional<std::string> Take();
  void Finish(const std::string& url);
  // Hands out no more.
  void Stop();

  // How many were never handed out.
  size_t remaining() const;

 private:
  struct Host {
    std::deque<std::string> urls;
    int active = 0;
  };

  bool CanDecide() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stopped_ || remaining_ == 0 || !ready_.empty();
  }

  const int per_host_;
  mutable absl::Mutex mutex_;
  std::map<std::string, Host> hosts_ ABSL_GUARDED_BY(mutex_);
  // The hosts with a URL left and with room for it, each once.
  std::deque<Host*> ready_ ABSL_GUARDED_BY(mutex_);
  size_t remaining_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_INPUT_URL_QUEUE_H_
