#ifndef CIMD_TESTS_TESTING_TCP_PROXY_H_
#define CIMD_TESTS_TESTING_TCP_PROXY_H_

#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace cimd::testing {

// A TCP proxy on 127.0.0.1 whose connections a test can cut. It forwards all bytes in both directions. Thread-safe.
class TcpProxy {
 public:
  // `target` is "127.0.0.1:port".
  explicit TcpProxy(const std::string& target);
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  // "127.0.0.1:port"
  std::string address() const;

  // New connections go to `target`. Existing connections stay.
  void SetTarget(const std::string& target);

  // Resets all connections. New connections are accepted immediately.
  void Cut();

 private:
  struct Link {
    int client = -1;
    int server = -1;
  };

  void Run();
  void Accept();
  // Returns false if the connection is closed.
  static bool Pass(int from, int to);
  static void Reset(const Link& link);

  int listener_ = -1;
  // A pipe. Writing to it wakes Run.
  int wake_[2] = {-1, -1};
  absl::Mutex mutex_;
  std::string target_ ABSL_GUARDED_BY(mutex_);
  bool cut_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // Used only by the thread of Run.
  std::vector<Link> links_;
  std::thread thread_;
};

}  // namespace cimd::testing

#endif  // CIMD_TESTS_TESTING_TCP_PROXY_H_
