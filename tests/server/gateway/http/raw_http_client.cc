#include "tests/server/gateway/http/raw_http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace cimd::testing {

bool RawResponse::HasHeader(absl::string_view name) const {
  for (const auto& header : headers) {
    if (absl::EqualsIgnoreCase(header.first, name)) return true;
  }
  return false;
}

std::string RawResponse::Header(absl::string_view name) const {
  for (const auto& header : headers) {
    if (absl::EqualsIgnoreCase(header.first, name)) return header.second;
  }
  return "";
}

RawHttpClient::RawHttpClient(uint16_t port, const char* from) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval timeout = {10, 0};
  const int on = 1;
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  sockaddr_in own = {};
  own.sin_family = AF_INET;
  const bool bound = inet_pton(AF_INET, from, &own.sin_addr) == 1 &&
                     bind(fd_, reinterpret_cast<const sockaddr*>(&own), sizeof(own)) == 0;
  connected_ = bound && connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

RawHttpClient::~RawHttpClient() { Close(); }

RawHttpClient::RawHttpClient(RawHttpClient&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      connected_(other.connected_),
      reset_(other.reset_),
      buffer_(std::move(other.buffer_)) {}

bool RawHttpClient::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(sent);
  }
  return true;
}

bool RawHttpClient::SendByteByByte(absl::string_view bytes) {
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (!Send(bytes.substr(i, 1))) return false;
  }
  return true;
}

bool RawHttpClient::Fill() {
  char bytes[65536];
  const ssize_t received = recv(fd_, bytes, sizeof(bytes), 0);
  if (received < 0) reset_ = true;
  if (received <= 0) return false;
  buffer_.append(bytes, received);
  return true;
}

RawResponse RawHttpClient::ReadResponse(bool to_head) {
  size_t end;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!Fill()) return {};
  }
  RawResponse response;
  const std::vector<std::string> lines = absl::StrSplit(buffer_.substr(0, end), "\r\n");
  response.status_line = lines[0];
  int status = 0;
  if (lines[0].size() < 12 || !absl::SimpleAtoi(lines[0].substr(9, 3), &status)) return {};
  for (size_t i = 1; i < lines.size(); ++i) {
    response.headers.push_back(absl::StrSplit(lines[i], absl::MaxSplits(": ", 1)));
  }
  buffer_.erase(0, end + 4);
  size_t length = 0;
  const bool has_body = !to_head && status >= 200 && status != 204 && status != 304;
  if (has_body && !absl::SimpleAtoi(response.Header("Content-Length"), &length)) return {};
  while (buffer_.size() < length) {
    if (!Fill()) return {};
  }
  response.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  response.status = status;
  return response;
}

RawResponse RawHttpClient::Exchange(absl::string_view request) {
  Send(request);
  return ReadResponse();
}

std::string RawHttpClient::ReadToEnd(bool* closed) {
  while (Fill()) {
  }
  if (closed != nullptr) *closed = !reset_;
  return std::exchange(buffer_, "");
}

bool RawHttpClient::EndsHere() {
  bool closed = false;
  return ReadToEnd(&closed).empty() && closed;
}

bool RawHttpClient::Readable() {
  pollfd poll_fd = {fd_, POLLIN, 0};
  return !buffer_.empty() || poll(&poll_fd, 1, /*timeout=*/2) > 0;
}

void RawHttpClient::CloseSending() { shutdown(fd_, SHUT_WR); }

void RawHttpClient::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

}  // namespace cimd::testing
