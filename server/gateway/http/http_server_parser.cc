#include "server/gateway/http/http_server_parser.h"

#include <algorithm>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace cimd::gateway {
namespace {

namespace http = boost::beast::http;

// Clients send far fewer. Bounds the memory for many small headers.
constexpr size_t kMaxHeaders = 100;

absl::string_view View(boost::beast::string_view text) { return {text.data(), text.size()}; }

bool IsDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isdigit(c); });
}

}  // namespace

RequestParser::RequestParser(const Limits& limits) : limits_(limits) {
  // In eager mode, put() parses as much of the body as it can; otherwise it returns after each element.
  eager(true);
  body_limit(limits.max_body_bytes);
}

std::optional<ParseFault> RequestParser::ParseHeader(absl::string_view block) {
  // Beast joins folded lines into one value (obs-fold); other parsers may see another header or none.
  if (absl::StrContains(block, "\n ") || absl::StrContains(block, "\n\t")) {
    return ParseFault{400, "Folded header lines are not allowed"};
  }
  header_limit(static_cast<std::uint32_t>(block.size()));
  ErrorCode ec;
  put({block.data(), block.size()}, ec);
  if (std::optional<ParseFault> fault = FaultOf(ec)) return fault;
  // The block ends with an empty line, but Beast expects more input.
  if (!is_header_done()) return ParseFault{400, "The request is malformed"};
  return std::nullopt;
}

std::optional<ParseFault> RequestParser::ParseBody(absl::string_view bytes, size_t& consumed) {
  consumed = 0;
  // The shortest end of a chunked body has 5 bytes ("0" and two line ends). Beast asserts that it gets as many.
  if (bytes.empty() || (chunked() && bytes.size() < 5)) return std::nullopt;
  ErrorCode ec;
  consumed = put({bytes.data(), bytes.size()}, ec);
  return FaultOf(ec);
}

std::optional<ParseFault> RequestParser::FaultOf(const ErrorCode& ec) const {
  if (fault_.has_value()) return fault_;
  if (!ec || ec == http::error::need_more) return std::nullopt;
  if (ec == http::error::bad_version) return ParseFault{505, "Only HTTP/1.0 and HTTP/1.1 are supported"};
  if (ec == http::error::body_limit) return ParseFault{413, "The request body is too large"};
  return ParseFault{400, "The request is malformed"};
}

void RequestParser::Fail(int status, absl::string_view message, ErrorCode& ec) {
  fault_ = ParseFault{status, message};
  ec = http::error::bad_value;
}

void RequestParser::on_request_impl(http::verb, StringView method, StringView target, int version, ErrorCode& ec) {
  if (target.size() > limits_.max_target_bytes) return Fail(414, "The URL is too long", ec);
  request_.method = std::string(method);
  if (!TakeTarget(View(target))) return Fail(400, "The host in the request target is invalid", ec);
  http_1_0_ = version == 10;
}

void RequestParser::on_field_impl(Field field, StringView name, StringView value, ErrorCode& ec) {
  // Trailer fields would bypass the checks of the header.
  if (header_done_) return Fail(400, "Trailers are not allowed", ec);
  if (request_.headers.size() == kMaxHeaders) return Fail(431, "The request has too many headers", ec);
  switch (field) {
    case Field::host:
      if (++host_count_ > 1 || !TakeHost(View(value))) return Fail(400, "The Host header is invalid", ec);
      break;
    case Field::content_length:
      if (++content_length_count_ > 1 || !IsDigits(View(value))) return Fail(400, "The Content-Length is invalid", ec);
      break;
    case Field::transfer_encoding:
      if (++transfer_encoding_count_ > 1 || !absl::EqualsIgnoreCase(View(value), "chunked")) {
        return Fail(400, "The Transfer-Encoding is not supported", ec);
      }
      break;
    case Field::authorization:
      if (++authorization_count_ > 1) return Fail(400, "The Authorization header is repeated", ec);
      break;
    case Field::content_type:
      if (++content_type_count_ > 1) return Fail(400, "The Content-Type header is repeated", ec);
      break;
    case Field::expect:
      if (!absl::EqualsIgnoreCase(View(value), "100-continue")) {
        return Fail(417, "The expectation is not supported", ec);
      }
      expects_continue_ = true;
      break;
    default:
      break;
  }
  request_.headers.emplace_back(name, value);
}

// Splits the absolute form, "http://host/path", into host and origin form (RFC 9112 section 3.2.2). The router refuses
// other forms.
bool RequestParser::TakeTarget(absl::string_view target) {
  const bool absolute = absl::StartsWithIgnoreCase(target, "http://") || absl::StartsWithIgnoreCase(target, "https://");
  if (absolute) {
    target.remove_prefix(target.find("//") + 2);
    const size_t end = std::min(target.find_first_of("/?#"), target.size());
    if (!TakeHost(target.substr(0, end))) return false;
    target.remove_prefix(end);
    host_in_target_ = true;
    if (!absl::StartsWith(target, "/")) request_.target = "/";
  }
  absl::StrAppend(&request_.target, target);
  return true;
}

// uri-host [ ":" port ] (RFC 9110 section 7.2). The name may contain only the characters of a DNS name.
bool RequestParser::TakeHost(absl::string_view value) {
  const size_t bracket = value.find(']');
  const size_t colon = value.find(':', bracket == value.npos ? 0 : bracket);
  absl::string_view host = value.substr(0, colon);
  if (colon != value.npos) {
    const absl::string_view port = value.substr(colon + 1);
    if (!IsDigits(port) || port.size() > 5) return false;
  }
  const bool bracketed = absl::StartsWith(host, "[");
  if (bracketed != (bracket != value.npos) || (bracketed && (bracket + 1 != host.size() || host.size() < 4))) {
    return false;
  }
  // "host.example." is the fully qualified form of the same name.
  if (!bracketed) absl::ConsumeSuffix(&host, ".");
  const absl::string_view name = bracketed ? host.substr(1, host.size() - 2) : host;
  const auto allowed = [&](char c) {
    return bracketed ? absl::ascii_isxdigit(c) || c == ':' || c == '.'
                     : absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_';
  };
  if (name.empty() || !std::all_of(name.begin(), name.end(), allowed)) return false;
  // The host of an absolute target replaces the header's.
  if (!host_in_target_) request_.host = absl::AsciiStrToLower(host);
  return true;
}

void RequestParser::on_header_impl(ErrorCode& ec) {
  header_done_ = true;
  if (host_count_ == 0 && !http_1_0_) return Fail(400, "The Host header is missing", ec);
  if (transfer_encoding_count_ > 0 && (http_1_0_ || content_length_count_ > 0)) {
    return Fail(400, "The Transfer-Encoding is not allowed here", ec);
  }
  // HTTP/1.0 has no interim responses.
  if (http_1_0_) expects_continue_ = false;
}

void RequestParser::on_body_init_impl(const boost::optional<std::uint64_t>& length, ErrorCode&) {
  // Does not reserve the announced length: a client must send bytes before memory is allocated for them.
  request_.body.reserve(std::min<std::uint64_t>(length.value_or(0), 4096));
}

std::size_t RequestParser::on_body_impl(StringView bytes, ErrorCode&) {
  request_.body.append(bytes.data(), bytes.size());
  return bytes.size();
}

void RequestParser::on_chunk_header_impl(std::uint64_t, StringView extensions, ErrorCode& ec) {
  if (!extensions.empty()) Fail(400, "Chunk extensions are not allowed", ec);
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, StringView bytes, ErrorCode&) {
  request_.body.append(bytes.data(), bytes.size());
  return bytes.size();
}

void RequestParser::on_finish_impl(ErrorCode&) {}

void RequestParser::on_response_impl(int, StringView, int, ErrorCode&) {}

}  // namespace cimd::gateway
