#include "server/fetch/cache_control.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"

namespace cimd::fetch {
namespace {

using Directive = std::pair<std::string, std::string>;

constexpr absl::string_view kBlanks = " \t";

bool IsTokenCharacter(char c) {
  return absl::ascii_isalnum(c) || absl::string_view("!#$%&'*+-.^_`|~").find(c) != absl::string_view::npos;
}

absl::string_view TakeToken(absl::string_view& text) {
  size_t length = 0;
  while (length < text.size() && IsTokenCharacter(text[length])) ++length;
  const absl::string_view token = text.substr(0, length);
  text.remove_prefix(length);
  return token;
}

void SkipBlanks(absl::string_view& text) { text.remove_prefix(std::min(text.size(), text.find_first_not_of(kBlanks))); }

// Removes a quoted-string (RFC 9110 section 5.6.4) from the front; empty if it is not terminated.
std::optional<std::string> TakeQuoted(absl::string_view& text) {
  std::string value;
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return value;
    }
    if (text[i] == '\\' && ++i == text.size()) break;
    value.push_back(text[i]);
  }
  return std::nullopt;
}

// Parses the directives of one Cache-Control line; false if it is malformed. Each line is parsed separately, so that an
// unterminated quote cannot hide the next line.
bool AddDirectives(absl::string_view text, std::vector<Directive>& directives) {
  for (;;) {
    // A list may have empty elements (RFC 9110 section 5.6.1.2).
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(" \t,")));
    if (text.empty()) return true;
    Directive directive{absl::AsciiStrToLower(TakeToken(text)), ""};
    if (directive.first.empty()) return false;
    if (!text.empty() && text.front() == '=') {
      text.remove_prefix(1);
      if (!text.empty() && text.front() == '"') {
        std::optional<std::string> value = TakeQuoted(text);
        if (!value.has_value()) return false;
        directive.second = *std::move(value);
      } else {
        directive.second = std::string(TakeToken(text));
      }
    }
    directives.push_back(std::move(directive));
    SkipBlanks(text);
    if (!text.empty() && text.front() != ',') return false;
  }
}

// delta-seconds of RFC 9111 section 1.2.2. A number that overflows counts as the longest lifetime.
std::optional<absl::Duration> ParseSeconds(absl::string_view text) {
  if (text.empty() || !std::all_of(text.begin(), text.end(), absl::ascii_isdigit)) return std::nullopt;
  int64_t seconds = 0;
  if (!absl::SimpleAtoi(text, &seconds)) return absl::InfiniteDuration();
  return absl::Seconds(seconds);
}

// HTTP-date in its current and its two obsolete forms (RFC 9110 section 5.6.7).
std::optional<absl::Time> ParseHttpDate(const std::string& text) {
  for (const char* format : {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
    absl::Time time;
    if (!absl::ParseTime(format, text, &time, nullptr)) continue;
    // Abseil also parses names of infinite times.
    if (time == absl::InfiniteFuture() || time == absl::InfinitePast()) return std::nullopt;
    return time;
  }
  return std::nullopt;
}

// The lifetime of one directive: empty if it is absent; zero if it is malformed or occurs twice.
std::optional<absl::Duration> LifetimeOf(const std::vector<Directive>& directives, absl::string_view name) {
  std::optional<absl::Duration> lifetime;
  for (const Directive& directive : directives) {
    if (directive.first != name) continue;
    if (lifetime.has_value()) return absl::ZeroDuration();
    lifetime = ParseSeconds(directive.second).value_or(absl::ZeroDuration());
  }
  return lifetime;
}

absl::Duration LifetimeOfExpires(const CachingHeaders& headers, absl::Time now) {
  if (headers.expires.size() > 1 || headers.date.size() > 1) return absl::ZeroDuration();
  const std::optional<absl::Time> expires = ParseHttpDate(headers.expires.front());
  const std::optional<absl::Time> date = headers.date.empty() ? now : ParseHttpDate(headers.date.front());
  if (!expires.has_value() || !date.has_value()) return absl::ZeroDuration();
  return *expires - *date;
}

}  // namespace

absl::Duration FreshFor(const CachingHeaders& headers, absl::Time now, const FreshnessBounds& bounds) {
  std::vector<Directive> directives;
  for (const std::string& line : headers.cache_control) {
    if (!AddDirectives(line, directives)) return absl::ZeroDuration();
  }
  for (const auto& [name, value] : directives) {
    if (name == "no-store" || name == "no-cache" || name == "private") return absl::ZeroDuration();
  }
  for (const std::string& vary : headers.vary) {
    if (vary.find('*') != std::string::npos) return absl::ZeroDuration();
  }

  absl::Duration lifetime = bounds.default_lifetime;
  if (const auto shared = LifetimeOf(directives, "s-maxage")) {
    lifetime = *shared;
  } else if (const auto any = LifetimeOf(directives, "max-age")) {
    lifetime = *any;
  } else if (!headers.expires.empty()) {
    lifetime = LifetimeOfExpires(headers, now);
  }

  if (headers.age.size() > 1) return absl::ZeroDuration();
  if (!headers.age.empty()) {
    const std::optional<absl::Duration> age = ParseSeconds(headers.age.front());
    if (!age.has_value() || *age >= lifetime) return absl::ZeroDuration();
    lifetime -= *age;
  }
  return std::clamp(lifetime, absl::ZeroDuration(), bounds.max_lifetime);
}

}  // namespace cimd::fetch
