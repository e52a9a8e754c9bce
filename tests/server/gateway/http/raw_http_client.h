#ifndef CIMD_TESTS_SERVER_GATEWAY_RAW_HTTP_CLIENT_H_
#define CIMD_TESTS_SERVER_GATEWAY_RAW_HTTP_CLIENT_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace cimd::testing {

struct RawResponse {
  // 0 if the connection ended before the response was complete.
  int status = 0;
  std::string status_line;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  bool HasHeader(absl::string_view name) const;
  // Returns "" if there is no such header.
  std::string Header(absl::string_view name) const;
};

// A TCP connection to a server on 127.0.0.1, from that or from another loopback address. It sends exactly the given
// bytes, including requests that no HTTP client would send. Reads time out after ten seconds.
class RawHttpClient {
 public:
  explicit RawHttpClient(uint16_t port, const char* from = "127.0.0.1");
  ~RawHttpClient();
  RawHttpClient(RawHttpClient&& other) noexcept;
  RawHttpClient(const RawHttpClient&) = delete;

  // True if the connection was established.
  bool connected() const { return connected_; }
  int fd() const { return fd_; }

  // Returns false if the other end has closed the connection.
  bool Send(absl::string_view bytes);
  bool SendByteByByte(absl::string_view bytes);
  // Reads one response. The response to HEAD has no body, whatever its headers say.
  RawResponse ReadResponse(bool to_head = false);
  RawResponse Exchange(absl::string_view request);
  // Reads until the server closes. Sets *closed, if given, to whether the server closed the connection orderly.
  std::string ReadToEnd(bool* closed = nullptr);
  // True if the server closes the connection orderly without sending more data.
  bool EndsHere();
  // True if data or the end of the stream can be read within a few milliseconds.
  bool Readable();
  void CloseSending();
  void Close();

 private:
  bool Fill();

  int fd_ = -1;
  bool connected_ = false;
  bool reset_ = false;
  std::string buffer_;
};

}  // namespace cimd::testing

#endif  // CIMD_TESTS_SERVER_GATEWAY_RAW_HTTP_CLIENT_H_
