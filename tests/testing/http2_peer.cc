#include "tests/testing/http2_peer.h"

#include <fcntl.h>
#include <netdb.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace cimd::testing {
namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr size_t kFrameHeaderBytes = 9;
// Limit on buffered answers. Attacks that do not read answers need no more.
constexpr size_t kMaxReceivedBytes = size_t{64} << 10;

// Encodes a name or value with its length (RFC 7541 section 5.1, 7-bit prefix).
std::string HpackString(std::string_view text) {
  std::string encoded;
  if (text.size() < 127) {
    encoded.push_back(static_cast<char>(text.size()));
  } else {
    encoded.push_back(127);
    size_t rest = text.size() - 127;
    for (; rest >= 128; rest >>= 7) encoded.push_back(static_cast<char>(rest % 128 + 128));
    encoded.push_back(static_cast<char>(rest));
  }
  return encoded.append(text);
}

int ConnectUnix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return -1;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) return fd;
  if (fd >= 0) close(fd);
  return -1;
}

int ConnectTcp(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) return -1;
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), address.substr(colon + 1).c_str(), &hints, &found) != 0) return -1;
  int fd = -1;
  for (const addrinfo* info = found; info != nullptr && fd < 0; info = info->ai_next) {
    fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, info->ai_addr, info->ai_addrlen) != 0) {
      close(fd);
      fd = -1;
    }
  }
  freeaddrinfo(found);
  return fd;
}

}  // namespace

std::string Frame(FrameType type, uint8_t flags, uint32_t stream, std::string_view payload) {
  std::string frame;
  frame.reserve(kFrameHeaderBytes + payload.size());
  for (const int shift : {16, 8, 0}) frame.push_back(static_cast<char>(payload.size() >> shift));
  frame.push_back(static_cast<char>(type));
  frame.push_back(static_cast<char>(flags));
  for (const int shift : {24, 16, 8, 0}) frame.push_back(static_cast<char>(stream >> shift));
  return frame.append(payload);
}

std::string HeaderBlock(const std::vector<std::pair<std::string, std::string>>& headers) {
  std::string block;
  for (const auto& [name, value] : headers) {
    block.push_back('\0');
    block.append(HpackString(name)).append(HpackString(value));
  }
  return block;
}

std::string CallHeaders(std::string_view path, const std::vector<std::pair<std::string, std::string>>& more) {
  std::vector<std::pair<std::string, std::string>> headers = {
      {":method", "POST"}, {":scheme", "http"}, {":path", std::string(path)},
      {":authority", "a"}, {"te", "trailers"},  {"content-type", "application/grpc"}};
  headers.insert(headers.end(), more.begin(), more.end());
  return HeaderBlock(headers);
}

absl::StatusOr<std::unique_ptr<Http2Peer>> Http2Peer::Connect(const std::string& address, bool tls) {
  const int fd = address.starts_with("unix:") ? ConnectUnix(address.substr(5)) : ConnectTcp(address);
  if (fd < 0) return absl::UnavailableError(absl::StrCat("cannot connect to ", address));
  std::unique_ptr<Http2Peer> peer(new Http2Peer(fd));
  if (tls && !peer->StartTls()) return absl::UnavailableError(absl::StrCat("no TLS with ", address));
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  if (!peer->Send(std::string(kPreface) + testing::Frame(FrameType::kSettings, 0, 0, ""))) {
    return absl::UnavailableError(absl::StrCat(address, " closed the connection"));
  }
  return peer;
}

Http2Peer::~Http2Peer() {
  SSL_free(ssl_);
  SSL_CTX_free(context_);
  close(fd_);
}

bool Http2Peer::StartTls() {
  context_ = SSL_CTX_new(TLS_client_method());
  ssl_ = SSL_new(context_);
  constexpr std::array<unsigned char, 3> kProtocols = {2, 'h', '2'};
  SSL_set_alpn_protos(ssl_, kProtocols.data(), kProtocols.size());
  SSL_set_mode(ssl_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return SSL_set_fd(ssl_, fd_) == 1 && SSL_connect(ssl_) == 1;
}

int64_t Http2Peer::ReadSome(char* data, size_t size) {
  if (ssl_ == nullptr) return read(fd_, data, size);
  const int count = SSL_read(ssl_, data, static_cast<int>(size));
  if (count > 0) return count;
  errno = SSL_get_error(ssl_, count) == SSL_ERROR_WANT_READ ? EAGAIN : ECONNRESET;
  return -1;
}

int64_t Http2Peer::WriteSome(const char* data, size_t size) {
  if (ssl_ == nullptr) return send(fd_, data, size, MSG_NOSIGNAL);
  const int count = SSL_write(ssl_, data, static_cast<int>(size));
  if (count > 0) return count;
  errno = SSL_get_error(ssl_, count) == SSL_ERROR_WANT_WRITE ? EAGAIN : ECONNRESET;
  return -1;
}

bool Http2Peer::Wait(short events, absl::Duration timeout) {
  pollfd polled{.fd = fd_, .events = events, .revents = 0};
  return poll(&polled, 1, static_cast<int>(absl::ToInt64Milliseconds(timeout))) > 0;
}

bool Http2Peer::ReadAvailable() {
  std::array<char, 16384> chunk;
  while (true) {
    const int64_t count = ReadSome(chunk.data(), chunk.size());
    if (count <= 0) return count < 0 && errno == EAGAIN;
    received_.append(chunk.data(), static_cast<size_t>(count));
    if (received_.size() > kMaxReceivedBytes) return true;
  }
}

bool Http2Peer::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!ReadAvailable()) return false;
    if (received_.size() > kMaxReceivedBytes) received_.clear();
    const int64_t count = WriteSome(bytes.data(), bytes.size());
    if (count > 0) {
      sent_bytes_ += static_cast<uint64_t>(count);
      bytes.remove_prefix(static_cast<size_t>(count));
    } else if (errno != EAGAIN || !Wait(POLLIN | POLLOUT, absl::Seconds(5))) {
      return false;
    }
  }
  return true;
}

absl::StatusOr<Http2Peer::Frame> Http2Peer::Receive(absl::Duration timeout) {
  const absl::Time until = absl::Now() + timeout;
  while (true) {
    if (received_.size() >= kFrameHeaderBytes) {
      const auto byte = [this](size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(received_[i])); };
      const size_t length = byte(0) << 16 | byte(1) << 8 | byte(2);
      if (received_.size() >= kFrameHeaderBytes + length) {
        Frame frame{.type = static_cast<FrameType>(byte(3)),
                    .flags = static_cast<uint8_t>(byte(4)),
                    .stream = (byte(5) << 24 | byte(6) << 16 | byte(7) << 8 | byte(8)) & 0x7fffffff,
                    .payload = received_.substr(kFrameHeaderBytes, length)};
        received_.erase(0, kFrameHeaderBytes + length);
        return frame;
      }
    }
    const size_t before = received_.size();
    if (!ReadAvailable()) {
      if (received_.size() > before) continue;
      return absl::UnavailableError("the connection is over");
    }
    if (received_.size() > before) continue;
    const absl::Duration left = until - absl::Now();
    if (left <= absl::ZeroDuration() || !Wait(POLLIN, left)) return absl::DeadlineExceededError("no frame came");
  }
}

}  // namespace cimd::testing
