#include "server/metadata/uri.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace cimd::metadata {
namespace {

using std::string_view;

constexpr string_view kPunctuation = "-._~:/?#@!$&'()*+,;=%";

bool IsAllowed(char c, bool in_host) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || kPunctuation.find(c) != string_view::npos ||
         (in_host && (c == '[' || c == ']'));
}

bool IsSchemeName(string_view text) {
  return !text.empty() && absl::ascii_isalpha(static_cast<unsigned char>(text.front())) &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return absl::ascii_isalnum(c) || c == '+' || c == '-' || c == '.'; });
}

// Splits "userinfo@host:port". The host begins after the last "@". Parsers that split at the first "@" find another
// host; callers refuse URIs with userinfo, so the difference does not matter.
void SplitAuthority(string_view authority, Uri& uri) {
  if (const size_t at = authority.rfind('@'); at != string_view::npos) {
    uri.userinfo = authority.substr(0, at);
    authority.remove_prefix(at + 1);
  }
  size_t host_end = authority.find(':');
  if (authority.starts_with('[')) {
    const size_t bracket = authority.find(']');
    host_end = bracket == string_view::npos ? bracket : authority.find(':', bracket);
  }
  uri.host = authority.substr(0, host_end);
  if (host_end != string_view::npos) uri.port = authority.substr(host_end + 1);
}

}  // namespace

std::optional<Uri> SplitUri(string_view text) {
  const size_t colon = text.find(':');
  if (colon == string_view::npos || !IsSchemeName(text.substr(0, colon))) return std::nullopt;
  Uri uri;
  uri.scheme = text.substr(0, colon);
  string_view rest = text.substr(colon + 1);
  if (const size_t hash = rest.find('#'); hash != string_view::npos) {
    uri.fragment = rest.substr(hash + 1);
    rest = rest.substr(0, hash);
  }
  if (const size_t mark = rest.find('?'); mark != string_view::npos) {
    uri.query = rest.substr(mark + 1);
    rest = rest.substr(0, mark);
  }
  if (rest.starts_with("//")) {
    uri.has_authority = true;
    rest.remove_prefix(2);
    const size_t slash = std::min(rest.find('/'), rest.size());
    SplitAuthority(rest.substr(0, slash), uri);
    rest.remove_prefix(slash);
  }
  uri.path = rest;
  return uri;
}

bool HasScheme(const Uri& uri, string_view scheme) {
  return std::equal(uri.scheme.begin(), uri.scheme.end(), scheme.begin(), scheme.end(),
                    [](char c, char lower) { return absl::ascii_tolower(c) == lower; });
}

size_t FindForbiddenByte(string_view text, const Uri& uri) {
  const size_t host_begin = uri.host.data() == nullptr ? 0 : uri.host.data() - text.data();
  for (size_t i = 0; i < text.size(); ++i) {
    const bool in_host = i >= host_begin && i < host_begin + uri.host.size();
    if (!IsAllowed(text[i], in_host)) return i;
  }
  return string_view::npos;
}

bool IsPercentEncodingValid(string_view text) {
  for (size_t i = text.find('%'); i != string_view::npos; i = text.find('%', i + 3)) {
    if (i + 2 >= text.size() || !absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 1])) ||
        !absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 2]))) {
      return false;
    }
  }
  return true;
}

std::optional<uint16_t> EffectivePort(const Uri& uri) {
  if (!uri.port.has_value()) {
    if (HasScheme(uri, "https")) return 443;
    if (HasScheme(uri, "http")) return 80;
    return std::nullopt;
  }
  const string_view digits = *uri.port;
  if (digits.empty() || digits.size() > 5 || digits.front() == '0') return std::nullopt;
  uint32_t port = 0;
  for (unsigned char c : digits) {
    if (!absl::ascii_isdigit(c)) return std::nullopt;
    port = port * 10 + (c - '0');
  }
  if (port > UINT16_MAX) return std::nullopt;
  return static_cast<uint16_t>(port);
}

std::string Origin(const Uri& uri) {
  const bool https = HasScheme(uri, "https");
  const std::optional<uint16_t> port = EffectivePort(uri);
  if ((!https && !HasScheme(uri, "http")) || uri.host.empty() || !port.has_value()) return "";
  const std::string host = absl::AsciiStrToLower(std::string(uri.host));
  const std::string origin = absl::StrCat(https ? "https://" : "http://", host);
  return *port == (https ? 443 : 80) ? origin : absl::StrCat(origin, ":", *port);
}

}  // namespace cimd::metadata
