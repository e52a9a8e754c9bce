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
#include "server/gateway/http/http_server_options.h"
#include "server/gateway/http/http_server_loop.h"
#include "server/gateway/http/http_server_parser.h"

namespace cimd::gateway {

class HttpConnection;

// The connections of one loop; used on its thread only.
struct HttpConnections {
  absl::flat_hash_set<std::shared_ptr<HttpConnection>> open;
  // Shutting down: a connection closes as soon as it owes no answer.
  bool draining = false;
};

// What all connections of a loop work with; outlives them.
struct HttpConnectionEnvironment {
  const HttpServerOptions* options = nullptr;
  const HttpHandler* handler = nullptr;
  std::shared_ptr<HttpLoop> loop;
  HttpConnections* connections = nullptr;
  // Called once per connection, when it is closed.
  absl::AnyInvocable<void() const> on_closed;
};

// One connection: reads a request, has it handled, writes the answer, and so on. The next request is not looked at
// before the answer to the present one is written, so answers to pipelined requests keep their order. While a handler
// works, the connection is read on (up to the size of its buffer) to notice that the client has gone: a client that
// closes its sending side before it has its answer counts as gone.
//
// Every function runs on the loop's thread. Pending operations and HttpConnections own the object.
class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  static std::shared_ptr<HttpConnection> CreatePlain(const HttpConnectionEnvironment& environment, Socket socket);
  static std::shared_ptr<HttpConnection> CreateTls(const HttpConnectionEnvironment& environment, Socket socket,
                                                   std::shared_ptr<boost::asio::ssl::context> tls);
  virtual ~HttpConnection() = default;

  void Start();
  // Closes when idle, or else after the answer that is owed.
  void Drain();
  // Closes now; cancels a request that is being handled.
  void Close();

 protected:
  using ErrorCode = boost::system::error_code;
  using WriteBuffers = std::array<boost::asio::const_buffer, 2>;

  explicit HttpConnection(const HttpConnectionEnvironment& environment);

  // The transport. Each ends in the function of the same name below.
  virtual void AsyncHandshake() = 0;
  virtual void AsyncRead(boost::asio::mutable_buffer buffer) = 0;
  virtual void AsyncWrite(const WriteBuffers& buffers) = 0;
  virtual void AsyncFinish() = 0;  // says that nothing more will be sent, at the level above TCP
  virtual Socket& socket() = 0;

  void OnHandshake(const ErrorCode& ec);
  void OnRead(const ErrorCode& ec, size_t size);
  void OnWrite(const ErrorCode& ec);
  void OnFinish();

 private:
  enum class State { kHandshake, kHeader, kBody, kContinue, kHandling, kWriting, kLingering, kClosed };
  class Responder;

  void BeginRequest();
  // Works on what is in the buffer: to a complete request, an error, or the need for more.
  void ProcessInput();
  void ProcessHeader();
  void ProcessBody();
  void HandleRequest();
  void Answer(uint64_t sequence, HttpResponse response);
  void Refuse(int status, absl::string_view message);
  void Write(HttpResponse response);
  // Ends the connection so that the client gets to read the answer even if it is still sending: a close with unread
  // input would reset the connection.
  void Linger();

  void ReadMore();
  void Discard();
  absl::string_view Input() const { return {buffer_.get() + begin_, end_ - begin_}; }

  // Closes or refuses if the present state lasts longer. Cheap to call: a timer that runs is left running, and looks at
  // the deadline when it fires.
  void SetDeadline(absl::Duration timeout);
  void ClearDeadline() { deadline_ = Clock::time_point::max(); }
  void ArmTimer();
  void OnTimer();

  using Clock = std::chrono::steady_clock;

  const HttpConnectionEnvironment& environment_;
  State state_ = State::kHandshake;
  std::string peer_address_;

  // Bytes [begin_, end_) are input not yet consumed; those behind may belong to a read under way.
  const size_t capacity_;
  const std::unique_ptr<char[]> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  bool reading_ = false;
  bool peer_closed_ = false;

  std::optional<RequestParser> parser_;
  size_t searched_ = 0;    // bytes of Input() that hold no end of a header
  uint64_t sequence_ = 0;  // of the request that is being handled
  bool is_head_ = false;
  bool keep_alive_ = false;
  std::shared_ptr<HttpCancellation> cancellation_;

  // What is being written.
  std::string head_;
  std::string body_;

  boost::asio::steady_timer timer_;
  Clock::time_point deadline_ = Clock::time_point::max();
  Clock::time_point timer_expiry_ = Clock::time_point::max();  // max: not running
};

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_CONNECTION_H_
