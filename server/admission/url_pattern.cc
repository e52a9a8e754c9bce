#include "server/admission/url_pattern.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "fmt/format.h"
#include "server/admission/normal_form.h"
#include "server/metadata/host.h"
#include "server/metadata/uri.h"

namespace cimd::admission {
namespace {

using std::string_view;

constexpr string_view kAnyLabels = "*.";
constexpr string_view kAnyRest = "/**";

absl::Status Invalid(string_view problem) { return absl::InvalidArgumentError(fmt::format("{}", problem)); }

bool HasUpperCase(string_view text) { return text.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != string_view::npos; }

// "/first/rest" gives "first" and leaves "/rest".
string_view TakeSegment(string_view& path) {
  path.remove_prefix(1);
  const string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

}  // namespace

absl::StatusOr<UrlPattern> UrlPattern::Parse(string_view text) {
  if (text.size() > kMaxPatternBytes) {
    return Invalid(fmt::format("a pattern has at most {} bytes; this one has {}", kMaxPatternBytes, text.size()));
  }
  const std::optional<metadata::Uri> uri = metadata::SplitUri(text);
  if (!uri.has_value() || uri->scheme != "https" || !uri->has_authority)
    return Invalid("a pattern begins with https://");
  if (metadata::FindForbiddenByte(text, *uri) != string_view::npos || !metadata::IsPercentEncodingValid(text)) {
    return Invalid("a pattern has only bytes that a URL may have, and % only before two hexadecimal digits");
  }
  if (uri->userinfo.has_value()) return Invalid("a pattern has no user information");
  if (uri->fragment.has_value()) return Invalid("a pattern has no fragment");

  UrlPattern pattern;
  pattern.text_ = text;
  if (absl::Status status = pattern.ParseHost(uri->host); !status.ok()) return status;
  if (uri->port.has_value()) {
    if (!metadata::EffectivePort(*uri).has_value())
      return Invalid("a port is a number from 1 to 65535 without leading zeros");
    pattern.port_ = *uri->port;
  }
  if (absl::Status status = pattern.ParsePath(uri->path); !status.ok()) return status;
  if (uri->query.has_value()) {
    if (uri->query->find('*') != string_view::npos) return Invalid("a query is literal: it has no *");
    if (uri->path.find('*') != string_view::npos) return Invalid("a query follows only a path without wildcards");
    pattern.query_ = *uri->query;
  }
  return pattern;
}

absl::Status UrlPattern::ParseHost(string_view host) {
  if (HasUpperCase(host)) return Invalid("the host is written in lower case");
  any_subdomain_ = host.starts_with(kAnyLabels);
  if (any_subdomain_) host.remove_prefix(kAnyLabels.size());
  if (host.find('*') != string_view::npos)
    return Invalid("in a host, * stands only for whole labels in front: *.example.com");
  switch (metadata::ClassifyHost(host)) {
    case metadata::HostKind::kDomainName:
      break;
    case metadata::HostKind::kMissing:
      return Invalid("the host is missing");
    case metadata::HostKind::kSpecialUse:
      return Invalid("the host is a special-use name, or has a single label");
    case metadata::HostKind::kIpAddress:
    case metadata::HostKind::kIpAddressOddlySpelled:
      return Invalid("the host is an IP address");
    case metadata::HostKind::kMalformed:
      return Invalid("the host is no DNS name; write international names in A-labels (xn--...)");
  }
  host_ = host;
  return absl::OkStatus();
}

absl::Status UrlPattern::ParsePath(string_view path) {
  if (path.empty() || path == "/") return Invalid("the path is missing; /** matches every path");
  any_rest_ = path.ends_with(kAnyRest);
  if (any_rest_) path.remove_suffix(kAnyRest.size());
  while (!path.empty()) {
    const string_view segment = TakeSegment(path);
    if (segment == "**") return Invalid("/** stands only at the end");
    if (const std::string plain = NormalizeEncoding(segment); plain == "." || plain == "..") {
      return Invalid("a path has no segment . or ..");
    }
    if (segment != "*" && segment.find('*') != string_view::npos) return Invalid("* stands only for a whole segment");
    segments_.push_back({std::string(segment), segment == "*"});
  }
  return absl::OkStatus();
}

string_view UrlPattern::wildcard_domain() const { return any_subdomain_ ? string_view(host_) : string_view(); }

bool UrlPattern::is_exact() const {
  for (const Segment& segment : segments_) {
    if (segment.any) return false;
  }
  return !any_subdomain_ && !any_rest_;
}

std::optional<UrlPattern::Target> UrlPattern::TargetOf(string_view url) {
  const std::optional<metadata::Uri> uri = metadata::SplitUri(url);
  if (!uri.has_value() || uri->scheme != "https" || !uri->has_authority || uri->userinfo.has_value() ||
      uri->fragment.has_value()) {
    return std::nullopt;
  }
  // "host:" has a port, if an empty one, which no pattern has.
  if (uri->port.has_value() && uri->port->empty()) return std::nullopt;
  return Target{uri->host, uri->port.value_or(string_view()), uri->path, uri->query};
}

bool UrlPattern::MatchesHost(string_view host) const {
  if (!any_subdomain_) return host == host_;
  // At least one label in front of the dot; a host with an empty label is no host.
  return host.size() > host_.size() + 1 && host.ends_with(host_) && host[host.size() - host_.size() - 1] == '.' &&
         host.front() != '.';
}

UrlPattern::Comparison UrlPattern::Compare(const Target& target, bool ignore_query) const {
  if (!MatchesHost(target.host)) return {Difference::kHost, 0, host_, target.host};
  if (target.port != port_) return {Difference::kPort, 0, port_, target.port};
  string_view path = target.path;
  for (size_t i = 0; i < segments_.size(); ++i) {
    const Segment& wanted = segments_[i];
    if (path.empty()) return {Difference::kSegment, i + 1, wanted.literal, "nothing"};
    const string_view got = TakeSegment(path);
    if (wanted.any ? got.empty() : got != wanted.literal) return {Difference::kSegment, i + 1, wanted.literal, got};
  }
  size_t next = segments_.size() + 1;
  if (any_rest_ && path.empty()) return {Difference::kSegment, next, "**", "nothing"};
  for (; any_rest_ && !path.empty(); ++next) {
    if (TakeSegment(path).empty()) return {Difference::kSegment, next, "**", ""};
  }
  if (!path.empty()) return {Difference::kSegment, next, "nothing", TakeSegment(path)};
  if (ignore_query && !query_.has_value()) return {};
  if (target.query != query_) {
    return {Difference::kQuery, 0, query_.has_value() ? string_view(*query_) : string_view(),
            target.query.value_or(string_view())};
  }
  return {};
}

bool UrlPattern::MatchesBytes(string_view url) const {
  const std::optional<Target> target = TargetOf(url);
  return target.has_value() && Compare(*target, false).difference == Difference::kNone;
}

UrlPattern UrlPattern::NormalForm() const {
  UrlPattern normal = *this;
  if (normal.port_ == "443") normal.port_.clear();
  for (Segment& segment : normal.segments_) segment.literal = NormalizeEncoding(segment.literal);
  if (normal.query_.has_value()) normal.query_ = NormalizeEncoding(*normal.query_);
  return normal;
}

bool UrlPattern::MatchesNormal(const NormalUrl& url) const {
  std::optional<string_view> query;
  if (url.query.has_value()) query = *url.query;
  return Compare({url.host, url.port, url.path, query}, true).difference == Difference::kNone;
}

bool UrlPattern::MatchesAnySpelling(string_view url) const {
  const std::optional<Target> target = TargetOf(url);
  if (target.has_value() && Compare(*target, true).difference == Difference::kNone) return true;
  const std::optional<NormalUrl> normal = Normalize(url);
  return normal.has_value() && NormalForm().MatchesNormal(*normal);
}

bool UrlPattern::CoversHost(const UrlPattern& other) const {
  if (!any_subdomain_) return !other.any_subdomain_ && other.host_ == host_;
  return MatchesHost(other.host_) || (other.any_subdomain_ && other.host_ == host_);
}

bool UrlPattern::Covers(const UrlPattern& other) const {
  if (!CoversHost(other) || port_ != other.port_ || query_ != other.query_) return false;
  if (other.segments_.size() < segments_.size()) return false;
  for (size_t i = 0; i < segments_.size(); ++i) {
    const Segment& theirs = other.segments_[i];
    const bool covered = segments_[i].any ? theirs.any || !theirs.literal.empty()
                                          : !theirs.any && theirs.literal == segments_[i].literal;
    if (!covered) return false;
  }
  if (!any_rest_) return other.segments_.size() == segments_.size() && !other.any_rest_;
  for (size_t i = segments_.size(); i < other.segments_.size(); ++i) {
    if (!other.segments_[i].any && other.segments_[i].literal.empty()) return false;
  }
  return other.segments_.size() > segments_.size() || other.any_rest_;
}

std::string UrlPattern::FirstDifference(string_view url) const {
  const std::optional<Target> target = TargetOf(url);
  if (!target.has_value()) return "not an https URL without user information and fragment";
  const Comparison comparison = Compare(*target, false);
  switch (comparison.difference) {
    case Difference::kNone:
      return "";
    case Difference::kHost:
      return "host differs";
    case Difference::kPort:
      return "port differs";
    case Difference::kQuery:
      return "query differs";
    case Difference::kSegment:
      return fmt::format("segment {}: wanted {}, got {}", comparison.segment, comparison.wanted,
                         comparison.got.empty() ? "empty" : comparison.got);
  }
  return "";
}

}  // namespace cimd::admission
