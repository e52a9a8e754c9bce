#include "server/metadata/client_id_url.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/metadata/findings.h"
#include "server/metadata/host.h"
#include "server/metadata/uri.h"

namespace cimd::metadata {
namespace {

using std::string_view;

constexpr string_view kBlanks = " \t\n\r\f\v";

bool HasUpperCase(string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return absl::ascii_isupper(c); });
}

// Whether the segment is "." or "..", plain or percent-encoded. HTTP clients resolve such segments, so the fetched URL
// would differ from the identifier.
bool IsDotSegment(string_view segment) {
  size_t dots = 0;
  while (!segment.empty()) {
    const bool encoded = segment.starts_with("%2e") || segment.starts_with("%2E");
    if (!encoded && segment.front() != '.') return false;
    segment.remove_prefix(encoded ? 3 : 1);
    ++dots;
  }
  return dots == 1 || dots == 2;
}

bool HasDotSegment(string_view path) {
  while (!path.empty()) {
    const size_t slash = std::min(path.find('/'), path.size());
    if (IsDotSegment(path.substr(0, slash))) return true;
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return false;
}

// Whether `text` has percent-encoding that is not in the normal form of RFC 3986 section 6.2.2.
bool HasUnusualEncoding(string_view text) {
  for (size_t i = text.find('%'); i != string_view::npos && i + 2 < text.size(); i = text.find('%', i + 1)) {
    const string_view digits = text.substr(i + 1, 2);
    if (std::any_of(digits.begin(), digits.end(), [](unsigned char c) { return absl::ascii_islower(c); })) return true;
    const unsigned char c = absl::HexStringToBytes(std::string(digits))[0];
    if (absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~') return true;
  }
  return false;
}

void JudgeHost(const Uri& uri, const DocumentRules& rules, Remarks& remarks) {
  switch (ClassifyHost(uri.host)) {
    case HostKind::kMissing:
      remarks.Violation(v1::FINDING_REASON_URL_HOST_MISSING, "the URL names no host");
      break;
    case HostKind::kMalformed:
      remarks.Violation(v1::FINDING_REASON_URL_HOST_MALFORMED,
                        "the host is not a DNS name of letters, digits and hyphens (names in other scripts are "
                        "written as A-labels; there is no final dot)");
      break;
    case HostKind::kSpecialUse:
      if (rules.allow_special_hosts) break;
      remarks.Violation(v1::FINDING_REASON_URL_HOST_FORBIDDEN,
                        "the host is localhost, a special-use domain or a name of a single label; a client "
                        "identifier has to name a public host");
      break;
    case HostKind::kIpAddress:
      if (rules.allow_special_hosts) break;
      [[fallthrough]];
    case HostKind::kIpAddressOddlySpelled:
      remarks.Violation(v1::FINDING_REASON_URL_HOST_IP_LITERAL, "the host is an IP address; it has to be a DNS name");
      break;
    case HostKind::kDomainName:
      break;
  }
}

void JudgePath(const Uri& uri, const DocumentRules& rules, Remarks& remarks) {
  if (uri.path.empty()) {
    remarks.Violation(v1::FINDING_REASON_URL_PATH_MISSING, "the URL has no path");
  } else if (uri.path == "/") {
    remarks.Add(ViolationIf(rules.strict()), v1::FINDING_REASON_URL_PATH_ROOT,
                "the path is \"/\" alone; a whole host as one client is not recommended");
  }
  if (HasDotSegment(uri.path)) {
    remarks.Violation(v1::FINDING_REASON_URL_DOT_SEGMENT, "the path has a segment \".\" or \"..\"");
  }
  if (uri.query.has_value()) {
    remarks.Add(ViolationIf(rules.strict()), v1::FINDING_REASON_URL_QUERY,
                rules.strict() ? "the URL has a query" : "the URL has a query; it is taken as part of the identifier");
  }
  if (uri.fragment.has_value()) remarks.Violation(v1::FINDING_REASON_URL_FRAGMENT, "the URL has a fragment");
}

void WarnUnlessNormal(string_view url, const Uri& uri, Remarks& remarks) {
  std::vector<std::string> why;
  if (HasUpperCase(uri.host)) why.push_back("the host has capital letters");
  if (uri.port == "443") why.push_back("port 443 is spelled out");
  if (HasUnusualEncoding(url)) why.push_back("its percent-encoding is unusual");
  if (why.empty()) return;
  remarks.Warning(v1::FINDING_REASON_URL_NOT_NORMAL,
                  absl::StrCat("the URL is not in normal form: ", absl::StrJoin(why, ", "),
                               "; it is kept as it is, and every other spelling is another client"));
}

// Whether the URL is the issuer or lies below it. A token of the client must not be mistaken for one of the issuer. For
// safety this comparison ignores how the origin is spelled.
bool IsWithinIssuer(const Uri& uri, string_view issuer_text) {
  const std::optional<Uri> issuer = SplitUri(issuer_text);
  if (!issuer.has_value()) return false;
  const std::string origin = Origin(*issuer);
  if (origin.empty() || Origin(uri) != origin) return false;
  string_view base = issuer->path;
  while (base.ends_with('/')) base.remove_suffix(1);
  return uri.path.starts_with(base) && (uri.path.size() == base.size() || uri.path[base.size()] == '/');
}

void JudgeParts(string_view url, const DocumentRules& rules, ClientIdUrlReport& report, Remarks& remarks) {
  const std::optional<Uri> uri = SplitUri(url);
  if (!uri.has_value()) {
    remarks.Violation(v1::FINDING_REASON_URL_SCHEME_NOT_HTTPS, "the URL does not begin with https://");
    return;
  }
  if (const size_t at = FindForbiddenByte(url, *uri); at != string_view::npos) {
    remarks.Violation(v1::FINDING_REASON_URL_CHARACTER_FORBIDDEN,
                      absl::StrCat("the URL has a character at byte ", at, " that a URL cannot have there"));
  }
  if (!HasScheme(*uri, "https")) {
    remarks.Violation(v1::FINDING_REASON_URL_SCHEME_NOT_HTTPS, "the scheme is not https");
  } else if (uri->scheme != "https") {
    // The fetcher accepts only this spelling, and identifiers are never rewritten.
    remarks.Violation(
        v1::FINDING_REASON_URL_SCHEME_NOT_HTTPS,
        absl::StrCat("the scheme is written ", Quoted(uri->scheme), "; it has to be https in lower case"));
  }
  if (uri->userinfo.has_value()) {
    remarks.Violation(v1::FINDING_REASON_URL_USERINFO, "the URL has a user name or password before its host");
  }
  JudgeHost(*uri, rules, remarks);
  const std::optional<uint16_t> port = EffectivePort(*uri);
  if (uri->port.has_value() && !port.has_value()) {
    remarks.Violation(v1::FINDING_REASON_URL_PORT_INVALID,
                      "the port is not a number from 1 to 65535 without leading zeros");
  }
  JudgePath(*uri, rules, remarks);
  if (!IsPercentEncodingValid(url)) {
    remarks.Violation(v1::FINDING_REASON_URL_PERCENT_ENCODING, "a \"%\" is not followed by two hexadecimal digits");
  } else {
    WarnUnlessNormal(url, *uri, remarks);
  }
  if (IsWithinIssuer(*uri, rules.tenant_issuer)) {
    remarks.Violation(v1::FINDING_REASON_URL_IS_ISSUER,
                      "the URL is the issuer of this tenant's authorization server or lies below it");
  }
  report.host = std::string(uri->host);
  report.path = std::string(uri->path);
  report.port = port.value_or(0);
  report.origin = Origin(*uri);
}

void Judge(string_view url, const DocumentRules& rules, ClientIdUrlReport& report, Remarks& remarks) {
  if (url.empty()) {
    remarks.Violation(v1::FINDING_REASON_URL_EMPTY, "there is no URL");
    return;
  }
  const size_t limit = rules.strict() ? kMaxStrictClientIdUrlBytes : kMaxUriBytes;
  if (url.size() > limit) {
    remarks.Violation(v1::FINDING_REASON_URL_TOO_LONG,
                      absl::StrCat("the URL has ", url.size(), " bytes; at most ", limit, " are allowed"));
  }
  if (url.size() > kMaxUriBytes) return;
  const size_t first = url.find_first_not_of(kBlanks);
  const size_t last = url.find_last_not_of(kBlanks);
  if (first != 0 || last != url.size() - 1) {
    remarks.Violation(v1::FINDING_REASON_URL_WHITESPACE, "the URL begins or ends with white space");
    if (first == string_view::npos) return;
  }
  // The rest is judged without the white space, to report what else is wrong.
  JudgeParts(url.substr(first, last - first + 1), rules, report, remarks);
}

}  // namespace

ClientIdUrlReport JudgeClientIdUrl(std::string_view url, const DocumentRules& rules) {
  ClientIdUrlReport report;
  Remarks remarks;
  Judge(url, rules, report, remarks);
  for (const Remark& remark : remarks.all()) {
    auto& list = remark.severity == Severity::kViolation ? report.violations : report.warnings;
    list.push_back(MakeFinding(remark.reason, std::string(kClientIdUrlPath), remark.message));
  }
  return report;
}

}  // namespace cimd::metadata
