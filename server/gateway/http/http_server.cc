#include "server/gateway/http/http_server.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <exception>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "server/gateway/http/http_server_connection.h"
#include "server/gateway/http/http_server_loop.h"
#include "server/gateway/http/http_server_response.h"
#include "server/gateway/http/http_server_tls.h"

namespace cimd::gateway {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

// Pause after a failed accept: without file descriptors, the next attempt would fail at once.
constexpr std::chrono::milliseconds kAcceptRetryDelay(50);

absl::StatusOr<tcp::endpoint> ParseListenAddress(const std::string& text) {
  const size_t colon = text.rfind(':');
  std::string address = text.substr(0, colon);
  const bool bracketed = address.size() > 2 && address.front() == '[' && address.back() == ']';
  if (bracketed) address = address.substr(1, address.size() - 2);
  uint32_t port = 0;
  ErrorCode ec;
  const asio::ip::address parsed = asio::ip::make_address(address, ec);
  if (colon == text.npos || ec || parsed.is_v6() != bracketed || !absl::SimpleAtoi(text.substr(colon + 1), &port) ||
      port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("Not a numeric address and port, such as 127.0.0.1:8080 or [::1]:8080: ", text));
  }
  return tcp::endpoint(parsed, static_cast<uint16_t>(port));
}

absl::Status CheckOptions(const HttpServerOptions& options) {
  if (options.io_threads < 1 || options.max_connections < 1 || options.max_header_bytes < 64 ||
      options.max_target_bytes < 1) {
    return absl::InvalidArgumentError("The HTTP server's threads, connections and header limits have to be positive");
  }
  for (absl::Duration timeout :
       {options.header_timeout, options.body_timeout, options.write_timeout, options.idle_timeout}) {
    // The upper bound keeps deadlines within the range of the clock.
    if (timeout <= absl::ZeroDuration() || timeout > absl::Hours(24)) {
      return absl::InvalidArgumentError("An HTTP timeout has to be positive and at most 24 hours");
    }
  }
  return absl::OkStatus();
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(HttpServerOptions options, HttpHandler handler) : options_(std::move(options)), handler_(std::move(handler)) {
    HttpResponse busy = ErrorResponse(503, "The server has too many connections");
    busy_response_ = SerializeHead(busy, /*keep_alive=*/false, /*http_1_0=*/false) + busy.body;
  }

  absl::Status Start() {
    if (absl::Status status = CheckOptions(options_); !status.ok()) return status;
    absl::StatusOr<tcp::endpoint> endpoint = ParseListenAddress(options_.listen_address);
    if (!endpoint.ok()) return endpoint.status();
    if (options_.tls.has_value()) {
      auto tls = LoadTlsContext(*options_.tls);
      if (!tls.ok()) return tls.status();
      tls_ = *std::move(tls);
    }
    for (int i = 0; i < options_.io_threads; ++i) {
      auto& worker = *workers_.emplace_back(std::make_unique<Worker>());
      worker.environment = {&options_, &handler_, worker.loop, &worker.connections, [this] { ConnectionClosed(); }};
    }
    acceptor_.emplace(first_loop().context());
    retry_timer_.emplace(first_loop().context());
    ErrorCode ec;
    acceptor_->open(endpoint->protocol(), ec);
    if (!ec) acceptor_->set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec) acceptor_->bind(*endpoint, ec);
    if (!ec) acceptor_->listen(tcp::acceptor::max_listen_connections, ec);
    if (!ec) port_ = acceptor_->local_endpoint(ec).port();
    if (ec) {
      return absl::UnavailableError(absl::StrCat("Cannot listen on ", options_.listen_address, ": ", ec.message()));
    }
    first_loop().Post([this] { Accept(); });
    return absl::OkStatus();
  }

  uint16_t port() const { return port_; }

  absl::Status ReloadCertificates() {
    if (!options_.tls.has_value()) return absl::FailedPreconditionError("The HTTP server does not use TLS");
    auto tls = LoadTlsContext(*options_.tls);
    if (!tls.ok()) return tls.status();
    first_loop().Post([this, tls = *std::move(tls)] { tls_ = tls; });
    return absl::OkStatus();
  }

  void Shutdown(absl::Duration grace) {
    {
      absl::MutexLock lock(&mu_);
      if (shut_down_) return;
      shut_down_ = true;
    }
    if (workers_.empty()) return;
    RunOn(first_loop(), [this] {
      acceptor_.reset();
      retry_timer_.reset();
    });
    for (const auto& worker : workers_) {
      RunOn(*worker->loop, [&] {
        worker->connections.draining = true;
        for (const auto& connection : Copy(worker->connections)) connection->Drain();
      });
    }
    {
      absl::MutexLock lock(&mu_);
      const auto all_closed = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return open_connections_ == 0; };
      mu_.AwaitWithTimeout(absl::Condition(&all_closed), grace);
    }
    for (const auto& worker : workers_) {
      RunOn(*worker->loop, [&] {
        for (const auto& connection : Copy(worker->connections)) connection->Close();
      });
    }
    // The first loop goes first: an accept that it still holds may own a socket of another loop.
    for (const auto& worker : workers_) worker->loop->Stop();
  }

 private:
  struct Worker {
    std::shared_ptr<HttpLoop> loop = std::make_shared<HttpLoop>();
    HttpConnections connections;
    HttpConnectionEnvironment environment;
  };

  HttpLoop& first_loop() { return *workers_.front()->loop; }

  template <typename Function>
  static void RunOn(HttpLoop& loop, Function function) {
    absl::BlockingCounter done(1);
    loop.Post([&] {
      function();
      done.DecrementCount();
    });
    done.Wait();
  }

  // Connections take themselves out of the set when they close.
  static std::vector<std::shared_ptr<HttpConnection>> Copy(const HttpConnections& connections) {
    return {connections.open.begin(), connections.open.end()};
  }

  // Runs on the first loop, like the functions of accepting below. Connections go to the loops in turn.
  void Accept() {
    if (!acceptor_.has_value()) return;
    Worker& worker = *workers_[next_worker_];
    acceptor_->async_accept(worker.loop->context(), [this, &worker](const ErrorCode& ec, tcp::socket socket) {
      if (!acceptor_.has_value()) return;
      if (ec) {
        retry_timer_->expires_after(kAcceptRetryDelay);
        retry_timer_->async_wait([this](const ErrorCode& cancelled) {
          if (!cancelled) Accept();
        });
        return;
      }
      Accepted(worker, std::move(socket));
      Accept();
    });
  }

  void Accepted(Worker& worker, tcp::socket socket) {
    if (!ConnectionOpened()) return TurnAway(std::move(socket));
    next_worker_ = (next_worker_ + 1) % workers_.size();
    worker.loop->Post([&worker, tls = tls_, socket = std::move(socket)]() mutable {
      const std::shared_ptr<HttpConnection> connection =
          tls == nullptr ? HttpConnection::CreatePlain(worker.environment, std::move(socket))
                         : HttpConnection::CreateTls(worker.environment, std::move(socket), std::move(tls));
      connection->Start();
    });
  }

  // Says why, if that takes no waiting: whoever opens too many connections shall not hold one more.
  void TurnAway(tcp::socket socket) {
    if (options_.on_refused) options_.on_refused(503);
    if (tls_ != nullptr) return;
    ErrorCode ec;
    socket.non_blocking(true, ec);
    if (!ec) socket.write_some(asio::buffer(busy_response_), ec);
    if (!ec) socket.shutdown(tcp::socket::shutdown_send, ec);
  }

  bool ConnectionOpened() {
    absl::MutexLock lock(&mu_);
    if (open_connections_ == options_.max_connections) return false;
    ++open_connections_;
    return true;
  }

  void ConnectionClosed() {
    absl::MutexLock lock(&mu_);
    --open_connections_;
  }

  const HttpServerOptions options_;
  const HttpHandler handler_;
  std::string busy_response_;
  std::vector<std::unique_ptr<Worker>> workers_;
  uint16_t port_ = 0;

  // Used on the first loop only, once it runs.
  std::optional<tcp::acceptor> acceptor_;
  std::optional<asio::steady_timer> retry_timer_;
  std::shared_ptr<asio::ssl::context> tls_;
  size_t next_worker_ = 0;

  absl::Mutex mu_;
  int open_connections_ ABSL_GUARDED_BY(mu_) = 0;
  bool shut_down_ ABSL_GUARDED_BY(mu_) = false;
};

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(HttpServerOptions options, HttpHandler handler) {
  std::unique_ptr<HttpServer> server(new HttpServer(std::make_unique<Impl>(std::move(options), std::move(handler))));
  try {
    if (absl::Status status = server->impl_->Start(); !status.ok()) return status;
  } catch (const std::exception& e) {  // what the library throws where it offers no error code
    return absl::ResourceExhaustedError(absl::StrCat("Cannot start the HTTP server: ", e.what()));
  }
  return server;
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() { Shutdown(absl::ZeroDuration()); }

uint16_t HttpServer::port() const { return impl_->port(); }

absl::Status HttpServer::ReloadCertificates() { return impl_->ReloadCertificates(); }

void HttpServer::Shutdown(absl::Duration grace) { impl_->Shutdown(grace); }

}  // namespace cimd::gateway
