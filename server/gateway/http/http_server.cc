#include "server/gateway/http/http_server.h"

#include <algorithm>
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
#include "absl/time/clock.h"
#include "server/gateway/http/http_server_budget.h"
#include "server/gateway/http/http_server_connection.h"
#include "server/gateway/http/http_server_loop.h"
#include "server/gateway/http/http_server_response.h"
#include "server/gateway/http/http_server_tls.h"

namespace cimd::gateway {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

// Pause after a failed accept. When no file descriptor is free, an immediate retry would fail again.
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

// The unit of max_connections_per_address: an IPv4 address, or an IPv6 network of 64 bits, which one host controls.
std::string HostOf(const asio::ip::address& address) {
  if (address.is_v4()) return address.to_string();
  const asio::ip::address_v6 v6 = address.to_v6();
  if (v6.is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, v6).to_string();
  const asio::ip::address_v6::bytes_type bytes = v6.to_bytes();
  return std::string(reinterpret_cast<const char*>(bytes.data()), 8);
}

int MaxConnectionsPerAddress(const HttpServerOptions& options) {
  if (options.max_connections_per_address > 0) return options.max_connections_per_address;
  return std::max(1, options.max_connections / 4);
}

absl::Status CheckOptions(const HttpServerOptions& options) {
  if (options.io_threads < 1 || options.max_connections < 1 || options.max_connections_per_address < 0 ||
      options.max_header_bytes < 64 || options.max_target_bytes < 1) {
    return absl::InvalidArgumentError("The HTTP server's threads, connections and header limits have to be positive");
  }
  for (absl::Duration timeout :
       {options.header_timeout, options.body_timeout, options.write_timeout, options.idle_timeout}) {
    // The upper limit keeps deadlines within the range of the clock.
    if (timeout <= absl::ZeroDuration() || timeout > absl::Hours(24)) {
      return absl::InvalidArgumentError("An HTTP timeout has to be positive and at most 24 hours");
    }
  }
  return absl::OkStatus();
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(HttpServerOptions options, HttpHandler handler)
      : options_(std::move(options)),
        handler_(std::move(handler)),
        budget_(options_.max_connections, MaxConnectionsPerAddress(options_)) {}

  absl::Status Start() {
    if (absl::Status status = CheckOptions(options_); !status.ok()) return status;
    absl::StatusOr<tcp::endpoint> endpoint = ParseListenAddress(options_.listen_address);
    if (!endpoint.ok()) return endpoint.status();
    if (options_.tls.has_value()) {
      absl::MutexLock lock(&reload_mu_);
      tls_digest_ = TlsFilesDigest(*options_.tls);
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
    absl::MutexLock lock(&reload_mu_);
    // An unchanged context is kept, because clients cannot resume their TLS sessions in a new one.
    std::string digest = TlsFilesDigest(*options_.tls);
    if (digest == tls_digest_) return absl::OkStatus();
    auto tls = LoadTlsContext(*options_.tls);
    if (!tls.ok()) return tls.status();
    tls_digest_ = std::move(digest);
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
    // The first loop is stopped first: a pending accept in it may own a socket of another loop.
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

  // A copy, because connections remove themselves from the set when they close.
  static std::vector<std::shared_ptr<HttpConnection>> Copy(const HttpConnections& connections) {
    return {connections.open.begin(), connections.open.end()};
  }

  // Accept and the functions below run on the first loop. Connections are assigned to the loops in turn.
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
    ErrorCode ec;
    const tcp::endpoint peer = socket.remote_endpoint(ec);
    if (ec) return;  // the client has already disconnected
    std::unique_ptr<ConnectionBudget::Place> place = budget_.Enter(HostOf(peer.address()));
    if (place == nullptr) return TurnAway(std::move(socket));
    ConnectionOpened();
    next_worker_ = (next_worker_ + 1) % workers_.size();
    worker.loop->Post([&worker, tls = tls_, place = std::move(place), socket = std::move(socket)]() mutable {
      const std::shared_ptr<HttpConnection> connection =
          tls == nullptr
              ? HttpConnection::CreatePlain(worker.environment, std::move(place), std::move(socket))
              : HttpConnection::CreateTls(worker.environment, std::move(place), std::move(socket), std::move(tls));
      connection->Start();
    });
  }

  // Refuses a connection: answers 503 if the socket takes it without blocking, then closes. TLS connections are closed
  // without an answer, because a handshake would block.
  void TurnAway(tcp::socket socket) {
    if (options_.on_refused) options_.on_refused(503);
    if (tls_ != nullptr) return;
    const HttpResponse busy = ErrorResponse(503, "The server has too many connections");
    const std::string response = SerializeHead(busy, /*keep_alive=*/false, /*http_1_0=*/false, absl::Now()) + busy.body;
    ErrorCode ec;
    socket.non_blocking(true, ec);
    if (!ec) socket.write_some(asio::buffer(response), ec);
    if (!ec) socket.shutdown(tcp::socket::shutdown_send, ec);
  }

  void ConnectionOpened() {
    absl::MutexLock lock(&mu_);
    ++open_connections_;
  }

  void ConnectionClosed() {
    absl::MutexLock lock(&mu_);
    --open_connections_;
  }

  const HttpServerOptions options_;
  const HttpHandler handler_;
  ConnectionBudget budget_;
  std::vector<std::unique_ptr<Worker>> workers_;
  uint16_t port_ = 0;

  // Accessed only on the first loop once that loop runs.
  std::optional<tcp::acceptor> acceptor_;
  std::optional<asio::steady_timer> retry_timer_;
  std::shared_ptr<asio::ssl::context> tls_;
  size_t next_worker_ = 0;

  absl::Mutex reload_mu_;
  // Digest of the files from which the current context was made.
  std::string tls_digest_ ABSL_GUARDED_BY(reload_mu_);

  absl::Mutex mu_;
  int open_connections_ ABSL_GUARDED_BY(mu_) = 0;
  bool shut_down_ ABSL_GUARDED_BY(mu_) = false;
};

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(HttpServerOptions options, HttpHandler handler) {
  std::unique_ptr<HttpServer> server(new HttpServer(std::make_unique<Impl>(std::move(options), std::move(handler))));
  try {
    if (absl::Status status = server->impl_->Start(); !status.ok()) return status;
  } catch (const std::exception& e) {  // from library functions without error codes
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
