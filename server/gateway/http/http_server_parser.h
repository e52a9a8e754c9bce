#ifndef CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_PARSER_H_
#define CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_PARSER_H_

#include <boost/beast/http/basic_parser.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "server/gateway/http/http_message.h"

namespace cimd::gateway {

// Why a request is refused. The message contains nothing from the request.
struct ParseFault {
  int status = 400;
  absl::string_view message;
};

// Parses one HTTP/1.x request (RFC 9112) with Beast's tokenizer. The client controls all input. To prevent request
// smuggling it is stricter than Beast and the RFC: a body has one Content-Length of digits, or one "Transfer-Encoding:
// chunked" in HTTP/1.1; no line folding, no chunk extensions, no trailers; exactly one well-formed Host (HTTP/1.0 may
// lack it); Authorization and Content-Type at most once. Not thread-safe; one object per request.
class RequestParser : private boost::beast::http::basic_parser<true> {
 public:
  struct Limits {
    size_t max_target_bytes = 0;
    size_t max_body_bytes = 0;
  };
  explicit RequestParser(const Limits& limits);

  // Parses the request line and headers, in one piece and with the empty line at their end.
  std::optional<ParseFault> ParseHeader(absl::string_view block);

  // Parses a part of the body. `consumed` is set to the number of bytes used; the caller passes the others again,
  // followed by more. Must not be called once done().
  std::optional<ParseFault> ParseBody(absl::string_view bytes, size_t& consumed);

  // The functions below require a successful ParseHeader.
  bool done() const { return is_done(); }
  // Whether the client wants to keep the connection (RFC 9112 section 9.3).
  bool keep_alive() const { return basic_parser::keep_alive(); }
  bool http_1_0() const { return http_1_0_; }
  bool expects_continue() const { return expects_continue_; }
  // The request; requires done(). Fields that do not come from the message are not set.
  HttpRequest TakeRequest() { return std::move(request_); }

 private:
  using ErrorCode = boost::beast::error_code;
  using StringView = boost::beast::string_view;
  using Field = boost::beast::http::field;

  void on_request_impl(boost::beast::http::verb verb, StringView method, StringView target, int version,
                       ErrorCode& ec) override;
  void on_field_impl(Field field, StringView name, StringView value, ErrorCode& ec) override;
  void on_header_impl(ErrorCode& ec) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, ErrorCode& ec) override;
  std::size_t on_body_impl(StringView bytes, ErrorCode& ec) override;
  void on_chunk_header_impl(std::uint64_t size, StringView extensions, ErrorCode& ec) override;
  std::size_t on_chunk_body_impl(std::uint64_t remaining, StringView bytes, ErrorCode& ec) override;
  void on_finish_impl(ErrorCode& ec) override;
  void on_response_impl(int status, StringView reason, int version, ErrorCode& ec) override;

  void Fail(int status, absl::string_view message, ErrorCode& ec);
  // Checks a host with an optional port and sets HttpRequest::host. False: it is malformed.
  bool TakeHost(absl::string_view value);
  // Sets HttpRequest::target and, for a target in absolute form, HttpRequest::host. False: its host is malformed.
  bool TakeTarget(absl::string_view target);
  std::optional<ParseFault> FaultOf(const ErrorCode& ec) const;

  const Limits limits_;
  HttpRequest request_;
  std::optional<ParseFault> fault_;
  bool header_done_ = false;
  bool http_1_0_ = false;
  bool expects_continue_ = false;
  bool host_in_target_ = false;
  int host_count_ = 0;
  int content_length_count_ = 0;
  int transfer_encoding_count_ = 0;
  int authorization_count_ = 0;
  int content_type_count_ = 0;
};

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_PARSER_H_
