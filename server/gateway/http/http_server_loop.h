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

// One thread with an event loop. A connection lives on one loop for its whole life, so that its state needs no lock.
//
// Shared by the server and by every unanswered request: an answer may come after the server is gone, and then has
// to find out so. Thread-safe.
class HttpLoop {
 public:
  // Throws what the library throws when the system is out of threads or file descriptors.
  HttpLoop();
  // Stop has been called.
  ~HttpLoop() = default;

  HttpLoop(const HttpLoop&) = delete;
  HttpLoop& operator=(const HttpLoop&) = delete;

  bool RunsOnThisThread() const { return std::this_thread::get_id() == thread_id_; }

  // Runs `function` on the loop's thread, soon; after Stop, destroys it.
  template <typename Function>
  void Post(Function function) {
    absl::MutexLock lock(&mu_);
    if (!stopped_) boost::asio::post(*context_, std::move(function));
  }

  // For the sockets and timers of this loop; they must not outlive Stop.
  boost::asio::io_context& context() { return *context_; }

  // Ends the thread and destroys what waits on the loop, with all that it owns. Not from the loop's thread.
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
