#ifndef CIMD_TESTS_TESTING_TCP_PROXY_H_
#define CIMD_TESTS_TESTING_TCP_PROXY_H_

#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace cimd::testing {

// A way to a server on 127.0.0.1 that can be cut: what connects to its port is passed on, byte for byte, until Cut.
// Thread-safe.
class TcpProxy {
 public:
  // `target` is "127.0.0.1:port".
  explicit TcpProxy(const std::string& target);
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  // "127.0.0.1:port"
  std::string address() const;

  // New connections go there.
  void SetTarget(const std::string& target);

  // Resets all connections; new ones are taken at once.
  void Cut();

 private:
  struct Link {
    int client = -1;
    int server = -1;
  };

  void Run();
  void Accept();
  // False when the connection is over.
  static bool Pass(int from, int to);
  static void Reset(const Link& link);

  int listener_ = -1;
  // Written to when Run has to look around.
  int wake_[2] = {-1, -1};
  absl::Mutex mutex_;
  std::string target_ ABSL_GUARDED_BY(mutex_);
  bool cut_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // Run's own.
  std::vector<Link> links_;
  std::thread thread_;
};

}  // namespace cimd::testing

#endif  // CIMD_TESTS_TESTING_TCP_PROXY_H_
