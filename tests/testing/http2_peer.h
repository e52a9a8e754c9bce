#ifndef CIMD_TESTS_TESTING_HTTP2_PEER_H_
#define CIMD_TESTS_TESTING_HTTP2_PEER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

struct ssl_ctx_st;
struct ssl_st;

namespace cimd::testing {

// Types and flags of HTTP/2 frames (RFC 9113 section 6).
enum class FrameType : uint8_t {
  kData = 0,
  kHeaders = 1,
  kRstStream = 3,
  kSettings = 4,
  kPing = 6,
  kGoAway = 7,
  kWindowUpdate = 8,
  kContinuation = 9,
};
inline constexpr uint8_t kEndStream = 0x1;
inline constexpr uint8_t kAck = 0x1;
inline constexpr uint8_t kEndHeaders = 0x4;

std::string Frame(FrameType type, uint8_t flags, uint32_t stream, std::string_view payload);

// A header block without compression (RFC 7541 section 6.2.2).
std::string HeaderBlock(const std::vector<std::pair<std::string, std::string>>& headers);

// The header block of a gRPC call of `path`, for example "/grpc.health.v1.Health/Check".
std::string CallHeaders(std::string_view path, const std::vector<std::pair<std::string, std::string>>& more = {});

// One HTTP/2 connection that sends exactly the frames it is told to, whatever the server says. Not thread-safe.
class Http2Peer {
 public:
  struct Frame {
    FrameType type;
    uint8_t flags;
    uint32_t stream;
    std::string payload;
  };

  // `address` is "IPv4:port", "[IPv6]:port" or "unix:/path". With `tls`, any certificate is accepted and h2 is offered.
  // Sends the connection preface and an empty SETTINGS frame.
  static absl::StatusOr<std::unique_ptr<Http2Peer>> Connect(const std::string& address, bool tls);
  ~Http2Peer();
  Http2Peer(const Http2Peer&) = delete;

  // Sends bytes, and drops what the server sends meanwhile. False when the connection is over, or when the server takes
  // nothing for five seconds.
  bool Send(std::string_view bytes);

  // The next frame of the server; an error when the connection is over, or DEADLINE_EXCEEDED after `timeout`.
  absl::StatusOr<Frame> Receive(absl::Duration timeout);

  uint64_t sent_bytes() const { return sent_bytes_; }

 private:
  explicit Http2Peer(int fd) : fd_(fd) {}
  bool StartTls();
  // As read(2) and write(2): -1 with EAGAIN when the call would block.
  int64_t ReadSome(char* data, size_t size);
  int64_t WriteSome(const char* data, size_t size);
  // False after `timeout`.
  bool Wait(short events, absl::Duration timeout);
  // Whether the connection goes on. What was read is appended to received_.
  bool ReadAvailable();

  const int fd_;
  ssl_ctx_st* context_ = nullptr;
  ssl_st* ssl_ = nullptr;
  std::string received_;
  uint64_t sent_bytes_ = 0;
};

}  // namespace cimd::testing

#endif  // CIMD_TESTS_TESTING_HTTP2_PEER_H_
