#include "server/gateway/http/http_server_response.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace cimd::gateway {
namespace {

bool IsTokenCharacter(char c) {
  return absl::ascii_isalnum(c) || (c != '\0' && absl::StrContains("!#$%&'*+-.^_`|~", c));
}

bool IsValueCharacter(char c) { return c == '\t' || !absl::ascii_iscntrl(c); }

// Headers that the server writes itself.
bool IsReserved(absl::string_view name) {
  return absl::EqualsIgnoreCase(name, "Content-Length") || absl::EqualsIgnoreCase(name, "Transfer-Encoding") ||
         absl::EqualsIgnoreCase(name, "Connection") || absl::EqualsIgnoreCase(name, "Date");
}

bool NeverHasBody(int status) { return status == 204 || status == 304; }

}  // namespace

bool IsWellFormed(const HttpResponse& response) {
  // Handlers must not send interim responses (1xx).
  if (response.status < 200 || response.status > 599) return false;
  return std::all_of(response.headers.begin(), response.headers.end(), [](const auto& header) {
    return !header.first.empty() && std::all_of(header.first.begin(), header.first.end(), IsTokenCharacter) &&
           std::all_of(header.second.begin(), header.second.end(), IsValueCharacter);
  });
}

bool HasBody(const HttpResponse& response, bool to_head) { return !to_head && !NeverHasBody(response.status); }

std::string SerializeHead(const HttpResponse& response, bool keep_alive, bool http_1_0, absl::Time now) {
  std::string head = absl::StrCat("HTTP/1.1 ", response.status, " ", ReasonPhrase(response.status), "\r\n");
  absl::StrAppend(&head, "Date: ", absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", now, absl::UTCTimeZone()), "\r\n");
  for (const auto& [name, value] : response.headers) {
    if (!IsReserved(name)) absl::StrAppend(&head, name, ": ", value, "\r\n");
  }
  // A response to HEAD has the Content-Length of the response to GET (RFC 9110 section 8.6).
  if (!NeverHasBody(response.status)) absl::StrAppend(&head, "Content-Length: ", response.body.size(), "\r\n");
  if (!keep_alive) {
    head += "Connection: close\r\n";
  } else if (http_1_0) {
    head += "Connection: keep-alive\r\n";
  }
  head += "\r\n";
  return head;
}

}  // namespace cimd::gateway
