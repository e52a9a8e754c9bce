#ifndef CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_CONNECTION_H_
#define CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_CONNECTION_H_

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/gateway/http/http_message.h"
#include "server/gateway/http/http_server_budget.h"
#include "server/gateway/http/http_server_loop.h"
#include "server/gateway/http/http_server_options.h"
#include "server/gateway/http/http_server_parser.h"

namespace cimd::gateway {

class HttpConnection;

// The connections of one loop. Used on its thread only.
struct HttpConnections {
  absl::flat_hash_set<std::shared_ptr<HttpConnection>> open;
  // During shutdown: new connections are closed at once.
  bool draining = false;
};

// What the connections of a loop share. Outlives them.
struct HttpConnectionEnvironment {
  const HttpServerOptions* options = nullptr;
  const HttpHandler* handler = nullptr;
  std::shared_ptr<HttpLoop> loop;
  HttpConnections* connections = nullptr;
  // Called once per connection, when it is closed.
  absl::AnyInvocable<void() const> on_closed;
};

// One connection: reads a request, runs the handler, writes the answer, and repeats. The next request is parsed after
// the answer is written, so answers to pipelined requests keep their order. While a handler runs, the connection still
// reads (up to the size of its buffer) to detect that the client has disconnected. A client that closes its sending
// side before it has received the answer counts as disconnected.
//
// All functions run on the loop's thread. Pending operations and HttpConnections own the object.
class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  using PlacePtr = std::unique_ptr<ConnectionBudget::Place>;

  // The connection frees `place` when it closes.
  static std::shared_ptr<HttpConnection> CreatePlain(const HttpConnectionEnvironment& environment, PlacePtr place,
                                                     Socket socket);
  static std::shared_ptr<HttpConnection> CreateTls(const HttpConnectionEnvironment& environment, PlacePtr place,
                                                   Socket socket, std::shared_ptr<boost::asio::ssl::context> tls);
  virtual ~HttpConnection() = default;

  void Start();
  // Closes at once when idle, otherwise after the current answer.
  void Drain();
  // Closes now and cancels a running request.
  void Close();

 protected:
  using ErrorCode = boost::system::error_code;
  using WriteBuffers = std::array<boost::asio::const_buffer, 2>;

  HttpConnection(const HttpConnectionEnvironment& environment, PlacePtr place);

  // The transport. Each operation ends by calling the On... function of the same name.
  virtual void AsyncHandshake() = 0;
  virtual void AsyncRead(boost::asio::mutable_buffer buffer) = 0;
  virtual void AsyncWrite(const WriteBuffers& buffers) = 0;
  virtual void AsyncFinish() = 0;  // sends the TLS close_notify alert; does nothing for plain text
  virtual Socket& socket() = 0;

  void OnHandshake(const ErrorCode& ec);
  void OnRead(const ErrorCode& ec, size_t size);
  void OnWrite(const ErrorCode& ec);
  void OnFinish();

 private:
  enum class State { kHandshake, kHeader, kBody, kContinue, kHandling, kWriting, kLingering, kClosed };
  class Responder;

  void BeginRequest();
  // Processes the buffer until a request is complete, an error is found, or more input is needed.
  void ProcessInput();
  void ProcessHeader();
  void ProcessBody();
  void HandleRequest();
  void Answer(uint64_t sequence, HttpResponse response);
  void Refuse(int status, absl::string_view message);
  void Write(HttpResponse response);
  // Closes after the client had time to read the answer. Closing at once with unread input would reset the connection,
  // and the client might lose the answer.
  void Linger();

  void ReadMore();
  void Discard();
  absl::string_view Input() const { return {buffer_.get() + begin_, end_ - begin_}; }

  // Limits the current state to `timeout`; then the request is refused or the connection closed. Cheap: a running timer
  // is not restarted but checks the deadline when it fires.
  void SetDeadline(absl::Duration timeout);
  void ClearDeadline() { deadline_ = Clock::time_point::max(); }
  void ArmTimer();
  void OnTimer();

  using Clock = std::chrono::steady_clock;

  const HttpConnectionEnvironment& environment_;
  PlacePtr place_;  // null once closed
  State state_ = State::kHandshake;
  bool draining_ = false;
  std::string peer_address_;

  // Bytes [begin_, end_) are unread input. Bytes from end_ on may belong to a pending read.
  const size_t capacity_;
  const std::unique_ptr<char[]> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  bool reading_ = false;
  bool peer_closed_ = false;

  std::optional<RequestParser> parser_;
  bool skipped_line_end_ = false;
  size_t searched_ = 0;    // bytes of Input() known not to contain the end of the header
  uint64_t sequence_ = 0;  // of the request that is being handled
  bool is_head_ = false;
  bool keep_alive_ = false;
  std::shared_ptr<HttpCancellation> cancellation_;

  // What is being written.
  std::string head_;
  std::string body_;

  boost::asio::steady_timer timer_;
  Clock::time_point deadline_ = Clock::time_point::max();
  Clock::time_point timer_expiry_ = Clock::time_point::max();  // max: the timer is not running
};

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_CONNECTION_H_
