#include "server/gateway/http/http_server_loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace cimd::gateway {

HttpLoop::HttpLoop() : context_(std::in_place, /*concurrency_hint=*/1) {
  // The first socket makes the library allocate the loop's file descriptors. Done here, so that the constructor reports
  // a failure.
  const boost::asio::ip::tcp::socket first(*context_);
  thread_ = std::thread([this, work = boost::asio::make_work_guard(*context_)] { context_->run(); });
  thread_id_ = thread_.get_id();
}

void HttpLoop::Stop() {
  {
    absl::MutexLock lock(&mu_);
    if (stopped_) return;
    stopped_ = true;
  }
  context_->stop();
  thread_.join();
  context_.reset();
}

}  // namespace cimd::gateway
