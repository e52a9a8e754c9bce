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

// Distributes URLs to several workers, at most `per_host` URLs of one host at a time, because the server limits
// concurrent fetches from one host. Hosts take turns; the URLs of a host keep their order. URLs come from the operator
// and need not be well-formed. Thread-safe.
class UrlQueue {
 public:
  UrlQueue(const std::vector<std::string>& urls, int per_host);

  // Waits for the next URL whose host has room; nullopt when all URLs were taken, or after Stop. Each URL taken must be
  // given to Finish.
  std::optional<std::string> Take();
  void Finish(const std::string& url);
  // Makes Take return nullopt from now on.
  void Stop();

  // The number of URLs that were never taken.
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
  // The hosts that have URLs left and are below `per_host`, each once.
  std::deque<Host*> ready_ ABSL_GUARDED_BY(mutex_);
  size_t remaining_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_INPUT_URL_QUEUE_H_
