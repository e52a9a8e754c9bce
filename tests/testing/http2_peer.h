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

// Encodes a header block without compression (RFC 7541 section 6.2.2).
std::string HeaderBlock(const std::vector<std::pair<std::string, std::string>>& headers);

// Returns the header block of a gRPC call to `path`, for example "/grpc.health.v1.Health/Check".
std::string CallHeaders(std::string_view path, const std::vector<std::pair<std::string, std::string>>& more = {});

// An HTTP/2 connection that sends exactly the frames that the test gives it, whatever the server answers. Not
// thread-safe.
class Http2Peer {
 public:
  struct Frame {
    FrameType type;
    uint8_t flags;
    uint32_t stream;
    std::string payload;
  };

  // `address` is "IPv4:port", "[IPv6]:port" or "unix:/path". With `tls`, offers h2 by ALPN and accepts any certificate.
  // Sends the connection preface and an empty SETTINGS frame.
  static absl::StatusOr<std::unique_ptr<Http2Peer>> Connect(const std::string& address, bool tls);
  ~Http2Peer();
  Http2Peer(const Http2Peer&) = delete;

  // Sends the bytes and buffers what the server sends meanwhile. Returns false if the connection is closed or if the
  // server reads nothing for five seconds.
  bool Send(std::string_view bytes);

  // Returns the next frame from the server. Returns an error if the connection is closed, DEADLINE_EXCEEDED after
  // `timeout`.
  absl::StatusOr<Frame> Receive(absl::Duration timeout);

  uint64_t sent_bytes() const { return sent_bytes_; }

 private:
  explicit Http2Peer(int fd) : fd_(fd) {}
  bool StartTls();
  // Like read(2) and write(2): return -1 with EAGAIN if the call would block.
  int64_t ReadSome(char* data, size_t size);
  int64_t WriteSome(const char* data, size_t size);
  // Returns false after `timeout`.
  bool Wait(short events, absl::Duration timeout);
  // Appends what can be read to received_. Returns false if the connection is closed.
  bool ReadAvailable();

  const int fd_;
  ssl_ctx_st* context_ = nullptr;
  ssl_st* ssl_ = nullptr;
  std::string received_;
  uint64_t sent_bytes_ = 0;
};

}  // namespace cimd::testing

#endif  // CIMD_TESTS_TESTING_HTTP2_PEER_H_
