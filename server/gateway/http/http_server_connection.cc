#include "server/gateway/http/http_server_connection.h"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "server/gateway/http/http_server_response.h"

namespace cimd::gateway {
namespace {

namespace asio = boost::asio;

// How long input is discarded after an answer that ends the connection.
constexpr absl::Duration kLingerTimeout = absl::Seconds(2);

constexpr absl::string_view kLineEnd = "\r\n";
constexpr absl::string_view kHeaderEnd = "\r\n\r\n";
constexpr absl::string_view kContinueResponse = "HTTP/1.1 100 Continue\r\n\r\n";

asio::const_buffer Buffer(absl::string_view bytes) { return asio::const_buffer(bytes.data(), bytes.size()); }

std::string NumericAddress(const asio::ip::address& address) {
  // IPv6 sockets report IPv4 peers as ::ffff:192.0.2.1.
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

}  // namespace

// The Respond of one request. Delivers the answer on the loop's thread.
class HttpConnection::Responder {
 public:
  Responder(std::shared_ptr<HttpLoop> loop, std::weak_ptr<HttpConnection> connection, uint64_t sequence)
      : loop_(std::move(loop)), connection_(std::move(connection)), sequence_(sequence) {}
  Responder(Responder&&) = default;
  ~Responder() {
    if (loop_ != nullptr) Deliver(ErrorResponse(500, "The request was not answered"));
  }

  void operator()(HttpResponse response) && {
    if (loop_ != nullptr) Deliver(std::move(response));
  }

 private:
  void Deliver(HttpResponse response) {
    const std::shared_ptr<HttpLoop> loop = std::move(loop_);
    auto deliver = [connection = std::move(connection_), sequence = sequence_,
                    response = std::move(response)]() mutable {
      if (auto alive = connection.lock()) alive->Answer(sequence, std::move(response));
    };
    if (loop->RunsOnThisThread()) {
      deliver();
    } else {
      loop->Post(std::move(deliver));
    }
  }

  std::shared_ptr<HttpLoop> loop_;  // null once answered
  std::weak_ptr<HttpConnection> connection_;
  uint64_t sequence_;
};

HttpConnection::HttpConnection(const HttpConnectionEnvironment& environment, PlacePtr place)
    : environment_(environment),
      place_(std::move(place)),
      capacity_(environment.options->max_header_bytes),
      buffer_(new char[capacity_]),
      timer_(environment.loop->context()) {}

void HttpConnection::Start() {
  environment_.connections->open.insert(shared_from_this());
  place_->OnEvicted([loop = environment_.loop, connection = weak_from_this()] {
    loop->Post([connection] {
      if (auto alive = connection.lock()) alive->Drain();
    });
  });
  ErrorCode ec;
  const auto endpoint = socket().remote_endpoint(ec);
  if (ec || environment_.connections->draining) return Close();
  peer_address_ = NumericAddress(endpoint.address());
  socket().set_option(asio::ip::tcp::no_delay(true), ec);
  SetDeadline(environment_.options->header_timeout);
  AsyncHandshake();
}

void HttpConnection::OnHandshake(const ErrorCode& ec) {
  if (state_ == State::kClosed) return;
  if (ec) return Close();
  SetDeadline(environment_.options->header_timeout);
  BeginRequest();
}

void HttpConnection::BeginRequest() {
  const HttpServerOptions& options = *environment_.options;
  parser_.emplace(RequestParser::Limits{options.max_target_bytes, options.max_body_bytes});
  searched_ = 0;
  skipped_line_end_ = false;
  state_ = State::kHeader;
  ProcessInput();
}

void HttpConnection::ProcessInput() {
  if (state_ == State::kHeader) ProcessHeader();
  if (state_ == State::kBody) ProcessBody();
}

void HttpConnection::ProcessHeader() {
  // RFC 9112 section 2.2: ignore one empty line before a request, which some clients send after a body.
  if (!skipped_line_end_ && absl::StartsWith(Input(), kLineEnd)) {
    skipped_line_end_ = true;
    begin_ += kLineEnd.size();
    searched_ = 0;
  }
  const absl::string_view input = Input();
  place_->SetIdle(input.empty());
  const size_t overlap = kHeaderEnd.size() - 1;
  const size_t end = input.find(kHeaderEnd, searched_ > overlap ? searched_ - overlap : 0);
  if (end == input.npos) {
    if (input.size() == capacity_) {
      return input.find('\n') == input.npos ? Refuse(414, "The URL is too long")
                                            : Refuse(431, "The request header is too large");
    }
    // The deadline starts at the first byte of the request. Further bytes do not extend it.
    if (searched_ == 0 && !input.empty()) SetDeadline(environment_.options->header_timeout);
    searched_ = input.size();
    return ReadMore();
  }
  const absl::string_view header = input.substr(0, end + kHeaderEnd.size());
  begin_ += header.size();
  if (const std::optional<ParseFault> fault = parser_->ParseHeader(header)) {
    return Refuse(fault->status, fault->message);
  }
  if (parser_->done()) return HandleRequest();
  SetDeadline(environment_.options->body_timeout);
  if (parser_->expects_continue() && Input().empty()) {
    state_ = State::kContinue;
    return AsyncWrite({Buffer(kContinueResponse), {}});
  }
  state_ = State::kBody;
}

void HttpConnection::ProcessBody() {
  size_t consumed = 0;
  const std::optional<ParseFault> fault = parser_->ParseBody(Input(), consumed);
  begin_ += consumed;
  if (fault.has_value()) return Refuse(fault->status, fault->message);
  if (parser_->done()) return HandleRequest();
  // The parser leaves only an incomplete chunk line in the buffer. If that line fills the buffer, it is too long.
  if (Input().size() == capacity_) return Refuse(400, "The request is malformed");
  ReadMore();
}

void HttpConnection::HandleRequest() {
  state_ = State::kHandling;
  ClearDeadline();
  HttpRequest request = parser_->TakeRequest();
  is_head_ = request.method == "HEAD";
  request.peer_address = peer_address_;
  request.cancellation = cancellation_ = std::make_shared<HttpCancellation>();
  (*environment_.handler)(std::move(request), Responder(environment_.loop, weak_from_this(), ++sequence_));
  if (state_ == State::kHandling) ReadMore();
}

void HttpConnection::Answer(uint64_t sequence, HttpResponse response) {
  if (state_ != State::kHandling || sequence != sequence_) return;
  cancellation_->Finish();
  cancellation_.reset();
  keep_alive_ = parser_->keep_alive() && !draining_;
  Write(IsWellFormed(response) ? std::move(response) : ErrorResponse(500, "The response is malformed"));
}

void HttpConnection::Refuse(int status, absl::string_view message) {
  if (environment_.options->on_refused) environment_.options->on_refused(status);
  is_head_ = false;
  keep_alive_ = false;
  Write(ErrorResponse(status, message));
}

void HttpConnection::Write(HttpResponse response) {
  state_ = State::kWriting;
  SetDeadline(environment_.options->write_timeout);
  head_ = SerializeHead(response, keep_alive_, parser_->http_1_0(), absl::Now());
  body_ = std::move(response.body);
  AsyncWrite({Buffer(head_), HasBody(response, is_head_) ? Buffer(body_) : asio::const_buffer()});
}

void HttpConnection::OnWrite(const ErrorCode& ec) {
  if (state_ == State::kClosed) return;
  if (ec || peer_closed_) return Close();
  if (state_ == State::kContinue) {
    state_ = State::kBody;
    return ProcessInput();
  }
  if (!keep_alive_ || draining_) return Linger();
  body_ = std::string();  // frees the memory while the connection is idle
  SetDeadline(environment_.options->idle_timeout);
  BeginRequest();
}

void HttpConnection::ReadMore() {
  if (reading_) return;
  if (begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == capacity_) return;
  reading_ = true;
  AsyncRead(asio::buffer(buffer_.get() + end_, capacity_ - end_));
}

void HttpConnection::OnRead(const ErrorCode& ec, size_t size) {
  reading_ = false;
  switch (state_) {
    case State::kClosed:
      return;
    case State::kLingering:
      return ec ? Close() : Discard();
    case State::kWriting:
      // A client that closed only its sending side can still read the answer.
      peer_closed_ = static_cast<bool>(ec);
      end_ += size;
      return;
    default:
      if (ec) return Close();
      end_ += size;
      return state_ == State::kHandling ? ReadMore() : ProcessInput();
  }
}

void HttpConnection::Linger() {
  state_ = State::kLingering;
  SetDeadline(kLingerTimeout);
  AsyncFinish();
}

void HttpConnection::OnFinish() {
  if (state_ == State::kClosed) return;
  ErrorCode ec;
  socket().shutdown(Socket::shutdown_send, ec);
  Discard();
}

void HttpConnection::Discard() {
  if (reading_) return;
  reading_ = true;
  socket().async_read_some(asio::buffer(buffer_.get(), capacity_),
                           [self = shared_from_this()](const ErrorCode& ec, size_t) { self->OnRead(ec, 0); });
}

void HttpConnection::Drain() {
  draining_ = true;
  const bool idle = state_ == State::kHeader && Input().empty();
  if (idle || state_ == State::kHandshake) Close();
}

void HttpConnection::Close() {
  if (state_ == State::kClosed) return;
  const std::shared_ptr<HttpConnection> self = shared_from_this();
  state_ = State::kClosed;
  place_.reset();
  timer_.cancel();
  ErrorCode ec;
  socket().close(ec);
  environment_.connections->open.erase(self);
  environment_.on_closed();
  if (cancellation_ != nullptr) cancellation_->Cancel();
}

void HttpConnection::SetDeadline(absl::Duration timeout) {
  deadline_ = Clock::now() + absl::ToChronoNanoseconds(timeout);
  if (deadline_ < timer_expiry_) ArmTimer();
}

void HttpConnection::ArmTimer() {
  timer_expiry_ = deadline_;
  timer_.expires_at(deadline_);
  timer_.async_wait([self = shared_from_this()](const ErrorCode& ec) {
    if (!ec) self->OnTimer();
  });
}

void HttpConnection::OnTimer() {
  timer_expiry_ = Clock::time_point::max();
  if (state_ == State::kClosed || deadline_ == Clock::time_point::max()) return;
  if (Clock::now() < deadline_) return ArmTimer();
  if (state_ == State::kBody || (state_ == State::kHeader && !Input().empty())) {
    return Refuse(408, "The request did not arrive in time");
  }
  Close();
}

namespace {

class PlainConnection final : public HttpConnection {
 public:
  PlainConnection(const HttpConnectionEnvironment& environment, PlacePtr place, Socket socket)
      : HttpConnection(environment, std::move(place)), socket_(std::move(socket)) {}

 private:
  void AsyncHandshake() override { OnHandshake({}); }
  void AsyncRead(asio::mutable_buffer buffer) override {
    socket_.async_read_some(buffer,
                            [self = shared_from_this(), this](const ErrorCode& ec, size_t size) { OnRead(ec, size); });
  }
  void AsyncWrite(const WriteBuffers& buffers) override {
    asio::async_write(socket_, buffers,
                      [self = shared_from_this(), this](const ErrorCode& ec, size_t) { OnWrite(ec); });
  }
  void AsyncFinish() override { OnFinish(); }
  Socket& socket() override { return socket_; }

  Socket socket_;
};

class TlsConnection final : public HttpConnection {
 public:
  TlsConnection(const HttpConnectionEnvironment& environment, PlacePtr place, Socket socket,
                std::shared_ptr<asio::ssl::context> tls)
      : HttpConnection(environment, std::move(place)), tls_(std::move(tls)), stream_(std::move(socket), *tls_) {}

 private:
  void AsyncHandshake() override {
    stream_.async_handshake(asio::ssl::stream_base::server,
                            [self = shared_from_this(), this](const ErrorCode& ec) { OnHandshake(ec); });
  }
  void AsyncRead(asio::mutable_buffer buffer) override {
    stream_.async_read_some(buffer,
                            [self = shared_from_this(), this](const ErrorCode& ec, size_t size) { OnRead(ec, size); });
  }
  void AsyncWrite(const WriteBuffers& buffers) override {
    asio::async_write(stream_, buffers,
                      [self = shared_from_this(), this](const ErrorCode& ec, size_t) { OnWrite(ec); });
  }
  void AsyncFinish() override {
    stream_.async_shutdown([self = shared_from_this(), this](const ErrorCode&) { OnFinish(); });
  }
  Socket& socket() override { return stream_.next_layer(); }

  const std::shared_ptr<asio::ssl::context> tls_;
  asio::ssl::stream<Socket> stream_;
};

}  // namespace

std::shared_ptr<HttpConnection> HttpConnection::CreatePlain(const HttpConnectionEnvironment& environment,
                                                            PlacePtr place, Socket socket) {
  return std::make_shared<PlainConnection>(environment, std::move(place), std::move(socket));
}

std::shared_ptr<HttpConnection> HttpConnection::CreateTls(const HttpConnectionEnvironment& environment, PlacePtr place,
                                                          Socket socket, std::shared_ptr<asio::ssl::context> tls) {
  return std::make_shared<TlsConnection>(environment, std::move(place), std::move(socket), std::move(tls));
}

}  // namespace cimd::gateway
