#ifndef CIMD_TESTS_SERVER_GATEWAY_RAW_HTTP_CLIENT_H_
#define CIMD_TESTS_SERVER_GATEWAY_RAW_HTTP_CLIENT_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace cimd::testing {

struct RawResponse {
  // 0 if the connection ended before a whole response had come.
  int status = 0;
  std::string status_line;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  bool HasHeader(absl::string_view name) const;
  // Empty if there is none.
  std::string Header(absl::string_view name) const;
};

// A TCP connection to a server on 127.0.0.1, from there or from another loopback address, that sends exactly the bytes
// it is told to, which no HTTP client would. Reading gives up after ten seconds.
class RawHttpClient {
 public:
  explicit RawHttpClient(uint16_t port, const char* from = "127.0.0.1");
  ~RawHttpClient();
  RawHttpClient(RawHttpClient&& other) noexcept;
  RawHttpClient(const RawHttpClient&) = delete;

  // Whether somebody listens there.
  bool connected() const { return connected_; }
  int fd() const { return fd_; }

  // False if the other end has gone.
  bool Send(absl::string_view bytes);
  bool SendByteByByte(absl::string_view bytes);
  // Reads one response; one to HEAD has no body whatever its headers say.
  RawResponse ReadResponse(bool to_head = false);
  RawResponse Exchange(absl::string_view request);
  // What comes until the server closes; *closed (if given) tells whether it did so in order.
  std::string ReadToEnd(bool* closed = nullptr);
  // Whether the server closes in order without sending anything more.
  bool EndsHere();
  // Whether anything can be read, or the end, within a few milliseconds.
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
