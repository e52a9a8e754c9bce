#ifndef CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_PARSER_H_
#define CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_PARSER_H_

#include <boost/beast/http/basic_parser.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "server/gateway/http/http_message.h"

namespace cimd::gateway {

// Why a request is refused: a status for the client, and a message that quotes nothing of the request.
struct ParseFault {
  int status = 400;
  absl::string_view message;
};

// Parses one HTTP/1.x request (RFC 9112) from bytes that an attacker sends, on top of Beast's tokenizer. Stricter than
// Beast and than the RFC where leniency is what request smuggling lives on: exactly one way to frame a body (one
// Content-Length of digits, or one "Transfer-Encoding: chunked" in HTTP/1.1), no line folding, no chunk extensions, no
// trailers, exactly one well-formed Host (HTTP/1.0 may lack it), Authorization and Content-Type at most once.
// Not thread-safe; one object per request.
class RequestParser : private boost::beast::http::basic_parser<true> {
 public:
  struct Limits {
    size_t max_target_bytes = 0;
    size_t max_body_bytes = 0;
  };
  explicit RequestParser(const Limits& limits);

  // Takes the request line and headers with the empty line that ends them, in one piece.
  std::optional<ParseFault> ParseHeader(absl::string_view block);

  // Takes what has arrived of the body; `consumed` tells how much of it was used, the rest has to be given again with
  // more behind it. Not to be called once done().
  std::optional<ParseFault> ParseBody(absl::string_view bytes, size_t& consumed);

  // The rest is meaningful after a successful ParseHeader.
  bool done() const { return is_done(); }
  // What the client wants; RFC 9112 section 9.3.
  bool keep_alive() const { return basic_parser::keep_alive(); }
  bool http_1_0() const { return http_1_0_; }
  bool expects_continue() const { return expects_continue_; }
  // Once done(): the request, without the fields that are not part of the message.
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
  // Reads and sets HttpRequest::host.
  bool TakeHost(absl::string_view value);
  std::optional<ParseFault> FaultOf(const ErrorCode& ec) const;

  const Limits limits_;
  HttpRequest request_;
  std::optional<ParseFault> fault_;
  bool header_done_ = false;
  bool http_1_0_ = false;
  bool expects_continue_ = false;
  int host_count_ = 0;
  int content_length_count_ = 0;
  int transfer_encoding_count_ = 0;
  int authorization_count_ = 0;
  int content_type_count_ = 0;
};

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_PARSER_H_
