#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "server/gateway/http/http_server_parser.h"
#include "tests/fuzz/fuzz_target.h"

// Input: the bytes of one connection.
namespace cimd::fuzz {
namespace {

using gateway::HttpRequest;
using gateway::ParseFault;
using gateway::RequestParser;

constexpr RequestParser::Limits kLimits = {.max_target_bytes = 256, .max_body_bytes = 256};

struct Outcome {
  std::optional<ParseFault> fault;
  bool done = false;
  bool keep_alive = false;
  // Number of bytes after the request.
  size_t left = 0;
  HttpRequest request;
};

// Parses a request whose body arrives in pieces of `piece` bytes.
Outcome Parse(absl::string_view header, absl::string_view body, size_t piece) {
  Outcome outcome;
  RequestParser parser(kLimits);
  outcome.fault = parser.ParseHeader(header);
  if (!outcome.fault.has_value()) outcome.keep_alive = parser.keep_alive();
  size_t used = 0;
  for (size_t end = 0; !outcome.fault.has_value() && !parser.done() && end < body.size();) {
    end = std::min(end + piece, body.size());
    // Pass all unread bytes until the parser needs more.
    for (size_t consumed = 1; consumed > 0 && !parser.done() && !outcome.fault.has_value();) {
      outcome.fault = parser.ParseBody(body.substr(used, end - used), consumed);
      Require(consumed <= end - used);
      used += consumed;
    }
  }
  outcome.done = !outcome.fault.has_value() && parser.done();
  outcome.left = body.size() - used;
  outcome.request = parser.TakeRequest();
  return outcome;
}

bool IsToken(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) ||
           absl::StrContains("!#$%&'*+-.^_`|~", absl::string_view(reinterpret_cast<char*>(&c), 1));
  });
}

int CountOf(const HttpRequest& request, absl::string_view name) {
  return static_cast<int>(std::count_if(request.headers.begin(), request.headers.end(), [&](const auto& header) {
    return absl::EqualsIgnoreCase(header.first, name);
  }));
}

void CheckRequest(const Outcome& outcome) {
  const HttpRequest& request = outcome.request;
  Require(IsToken(request.method) && !request.target.empty() && request.target.size() <= kLimits.max_target_bytes);
  Require(std::none_of(request.target.begin(), request.target.end(),
                       [](unsigned char c) { return c <= ' ' || c == 0x7f; }));
  for (const auto& [name, value] : request.headers) {
    Require(IsToken(name));
    Require(
        std::none_of(value.begin(), value.end(), [](unsigned char c) { return absl::ascii_iscntrl(c) && c != '\t'; }));
  }
  for (const char* once : {"Authorization", "Content-Type", "Host", "Content-Length", "Transfer-Encoding"}) {
    Require(CountOf(request, once) <= 1);
  }
  // At most one header may define the length of the body.
  Require(CountOf(request, "Content-Length") + CountOf(request, "Transfer-Encoding") <= 1);
  // A target in absolute form also has a host.
  Require(!request.host.empty() || CountOf(request, "Host") == 0);
  Require(request.host == absl::AsciiStrToLower(request.host) && !absl::StrContains(request.host, "/"));
  Require(request.body.size() <= kLimits.max_body_bytes);
}

}  // namespace

void FuzzOne(std::string_view input) {
  // Split header and body like the server does.
  const size_t end = input.find("\r\n\r\n");
  if (end == std::string_view::npos) return;
  const absl::string_view header(input.data(), end + 4);
  const absl::string_view body(input.data() + end + 4, input.size() - end - 4);

  const Outcome whole = Parse(header, body, std::max<size_t>(body.size(), 1));
  if (whole.fault.has_value()) {
    Require(whole.fault->status >= 400 && whole.fault->status <= 505 && !whole.fault->message.empty());
  } else if (whole.done) {
    CheckRequest(whole);
  }
  // The result must not depend on how the network splits the body.
  for (const size_t piece : {1, 7}) {
    const Outcome cut = Parse(header, body, piece);
    Require(cut.done == whole.done);
    // In a chunked body the parser may need up to five more bytes before it reports a fault.
    Require(cut.fault.has_value() == whole.fault.has_value() || (!cut.fault.has_value() && cut.left < 5));
    Require(!cut.fault.has_value() || cut.fault->status == whole.fault->status);
    if (!cut.done) continue;
    Require(cut.left == whole.left && cut.keep_alive == whole.keep_alive);
    Require(cut.request.body == whole.request.body && cut.request.headers == whole.request.headers);
  }
}

}  // namespace cimd::fuzz
