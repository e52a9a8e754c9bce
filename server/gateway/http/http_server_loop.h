#ifndef CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_LOOP_H_
#define CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_LOOP_H_

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <optional>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace cimd::gateway {

// A thread with an event loop. A connection stays on one loop, so its state needs no lock. Shared by the server and by
// every unanswered request, because an answer may come after the server was destroyed. Thread-safe.
class HttpLoop {
 public:
  // Throws a library exception when there are no threads or file descriptors left.
  HttpLoop();
  // Requires Stop.
  ~HttpLoop() = default;

  HttpLoop(const HttpLoop&) = delete;
  HttpLoop& operator=(const HttpLoop&) = delete;

  bool RunsOnThisThread() const { return std::this_thread::get_id() == thread_id_; }

  // Runs `function` on the loop's thread later. After Stop, only destroys it.
  template <typename Function>
  void Post(Function function) {
    absl::MutexLock lock(&mu_);
    if (!stopped_) boost::asio::post(*context_, std::move(function));
  }

  // For sockets and timers of this loop, which must not outlive Stop.
  boost::asio::io_context& context() { return *context_; }

  // Ends the thread and destroys all pending functions. Must not be called on the loop's thread.
  void Stop();

 private:
  std::optional<boost::asio::io_context> context_;
  absl::Mutex mu_;
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
  std::thread::id thread_id_;
};

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_LOOP_H_
