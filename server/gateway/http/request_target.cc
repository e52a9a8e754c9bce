#include "server/gateway/http/request_target.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "server/text/utf8.h"

namespace cimd::gateway {
namespace {

// pchar of RFC 3986 section 3.3, with the "%" of its triplets.
bool IsPathCharacter(char c) {
  return absl::ascii_isalnum(c) || absl::string_view("-._~!$&'()*+,;=:@%").find(c) != absl::string_view::npos;
}

// Accepts more than RFC 3986 section 3.4: browsers do not encode characters such as "[" and "|" in a query.
bool IsQueryCharacter(char c) { return c > ' ' && c < '\x7f' && c != '#'; }

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

absl::Status CheckDecoded(absl::string_view text) {
  while (!text.empty()) {
    if (absl::ascii_iscntrl(text[0])) return absl::InvalidArgumentError("A decoded control character is not allowed");
    const size_t length = text::FirstCharacterBytes({text.data(), text.size()});
    if (length == 0) return absl::InvalidArgumentError("The decoded text is not UTF-8");
    text.remove_prefix(length);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> Decode(absl::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      const int high = i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
      if (high < 0 || low < 0) return absl::InvalidArgumentError("A percent-encoding is malformed");
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  if (absl::Status status = CheckDecoded(decoded); !status.ok()) return status;
  return decoded;
}

}  // namespace

absl::StatusOr<RequestTarget> ParseRequestTarget(absl::string_view target) {
  if (target.empty() || target[0] != '/') return absl::InvalidArgumentError("The request target is not a path");
  const size_t question_mark = target.find('?');
  const absl::string_view path = target.substr(1, question_mark == target.npos ? target.npos : question_mark - 1);

  RequestTarget result;
  for (char c : path) {
    if (c != '/' && !IsPathCharacter(c)) return absl::InvalidArgumentError("The path contains a forbidden character");
  }
  const std::vector<absl::string_view> segments = absl::StrSplit(path, '/');
  result.path.reserve(segments.size());
  for (size_t i = 0; i < segments.size(); ++i) {
    const absl::string_view raw = segments[i];
    if (raw.empty() && i + 1 < segments.size()) return absl::InvalidArgumentError("The path has an empty segment");
    if (raw == "." || raw == "..") return absl::InvalidArgumentError("The path has a dot segment");
    absl::StatusOr<std::string> decoded = Decode(raw, /*plus_is_space=*/false);
    if (!decoded.ok()) return decoded.status();
    result.path.push_back({raw, *std::move(decoded)});
  }

  if (question_mark == target.npos) return result;
  const absl::string_view query = target.substr(question_mark + 1);
  for (char c : query) {
    if (!IsQueryCharacter(c)) return absl::InvalidArgumentError("The query contains a forbidden character");
  }
  absl::StatusOr<HttpFields> fields = ParseFormUrlEncoded(query);
  if (!fields.ok()) return fields.status();
  result.query = *std::move(fields);
  return result;
}

absl::StatusOr<HttpFields> ParseFormUrlEncoded(absl::string_view text) {
  HttpFields fields;
  for (absl::string_view pair : absl::StrSplit(text, '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(pair, absl::MaxSplits('=', 1));
    absl::StatusOr<std::string> name = Decode(parts.first, /*plus_is_space=*/true);
    if (!name.ok()) return name.status();
    absl::StatusOr<std::string> value = Decode(parts.second, /*plus_is_space=*/true);
    if (!value.ok()) return value.status();
    fields.emplace_back(*std::move(name), *std::move(value));
  }
  return fields;
}

}  // namespace cimd::gateway
