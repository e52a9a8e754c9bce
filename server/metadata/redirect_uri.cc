#include "server/metadata/redirect_uri.h"

#include <optional>
#include <string>
#include <string_view>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/metadata/host.h"
#include "server/metadata/uri.h"

namespace cimd::metadata {
namespace {

using std::string_view;

// Schemes that no application claims as its own: they run script, show local files, carry text into other programs, or
// speak other protocols than HTTP.
constexpr string_view kHostileSchemes[] = {
    "about",    "android-app", "blob",  "chrome",     "cid",         "content", "data",       "edge",
    "facetime", "feed",        "file",  "filesystem", "ftp",         "ftps",    "gopher",     "intent",
    "irc",      "itms",        "jar",   "javascript", "ldap",        "ldaps",   "livescript", "magnet",
    "mailto",   "mid",         "mocha", "news",       "nntp",        "res",     "resource",   "search",
    "sftp",     "shell",       "sip",   "sips",       "sms",         "smb",     "ssh",        "tel",
    "telnet",   "urn",         "vbs",   "vbscript",   "view-source", "webcal",  "ws",         "wss"};
// Families of them: browsers' own pages, and the handlers that operating systems register for their own programs.
constexpr string_view kHostileSchemePrefixes[] = {"chrome-", "itms-", "moz-", "ms-", "safari-", "search-ms", "x-apple"};

bool IsHostileScheme(string_view lower) {
  return absl::c_linear_search(kHostileSchemes, lower) ||
         absl::c_any_of(kHostileSchemePrefixes, [&](string_view prefix) { return lower.starts_with(prefix); });
}

bool IsLoopbackHost(string_view host) {
  return host == "127.0.0.1" || host == "[::1]" || absl::AsciiStrToLower(std::string(host)) == "localhost";
}

struct Classified {
  RedirectUriKind kind = RedirectUriKind::kMalformed;
  Uri uri;
  // Why, when the kind is kMalformed or kForbidden.
  string_view why;
};

Classified Malformed(const Uri& uri, string_view why) { return {RedirectUriKind::kMalformed, uri, why}; }

Classified ClassifyHttp(const Uri& uri) {
  const HostKind host = ClassifyHost(uri.host);
  if (!uri.has_authority || host == HostKind::kMissing) return Malformed(uri, "names no host");
  if (host == HostKind::kMalformed || host == HostKind::kIpAddressOddlySpelled) {
    return Malformed(uri, "has a malformed host");
  }
  if (!EffectivePort(uri).has_value()) return Malformed(uri, "has an invalid port");
  if (HasScheme(uri, "https")) return {RedirectUriKind::kHttps, uri, ""};
  if (IsLoopbackHost(uri.host)) return {RedirectUriKind::kLoopback, uri, ""};
  return {RedirectUriKind::kForbidden, uri,
          "uses http; only https, or http on 127.0.0.1, [::1] or localhost, is allowed"};
}

Classified Classify(string_view text) {
  const std::optional<Uri> uri = SplitUri(text);
  if (!uri.has_value()) return Malformed({}, "is not an absolute URI");
  // Before anything else about the text, so that no odd byte makes a hostile scheme look like a mere spelling mistake.
  const std::string scheme = absl::AsciiStrToLower(std::string(uri->scheme));
  if (IsHostileScheme(scheme)) return {RedirectUriKind::kForbidden, *uri, "has a scheme that is never redirected to"};
  if (FindForbiddenByte(text, *uri) != string_view::npos) return Malformed(*uri, "has a character that no URI has");
  if (!IsPercentEncodingValid(text)) return Malformed(*uri, "has a \"%\" without two hexadecimal digits");
  if (scheme == "http" || scheme == "https") return ClassifyHttp(*uri);
  if (uri->host.empty() && uri->path.empty() && !uri->query.has_value()) {
    return Malformed(*uri, "has nothing behind its scheme");
  }
  return {RedirectUriKind::kPrivateUse, *uri, ""};
}

// The parts of a loopback URI around its port.
struct AroundPort {
  string_view before;
  string_view after;
  bool operator==(const AroundPort&) const = default;
};

AroundPort SplitAtPort(string_view text, const Uri& uri) {
  const size_t host_end = uri.host.data() + uri.host.size() - text.data();
  const size_t port_end = host_end + (uri.port.has_value() ? 1 + uri.port->size() : 0);
  return {text.substr(0, host_end), text.substr(port_end)};
}

}  // namespace

RedirectUriKind ClassifyRedirectUri(string_view uri) { return Classify(uri).kind; }

RedirectUriReport JudgeRedirectUri(string_view text, const DocumentRules& rules) {
  RedirectUriReport report;
  Remarks& remarks = report.remarks;
  if (text.empty()) {
    remarks.Violation(v1::FINDING_REASON_MEMBER_EMPTY, "a redirect URI is empty");
    return report;
  }
  if (text.size() > kMaxUriBytes) {
    remarks.Violation(
        v1::FINDING_REASON_MEMBER_TOO_LONG,
        absl::StrCat("a redirect URI has ", text.size(), " bytes; at most ", kMaxUriBytes, " are allowed"));
    return report;
  }
  const Classified classified = Classify(text);
  report.kind = classified.kind;
  const auto say = [&](string_view what) { return absl::StrCat(Quoted(text), " ", std::string(what)); };
  if (classified.kind == RedirectUriKind::kForbidden) {
    remarks.Violation(v1::FINDING_REASON_REDIRECT_URI_SCHEME_FORBIDDEN, say(classified.why));
  } else if (text.find('*') != string_view::npos) {
    // Nothing more: in a host or port a "*" breaks other rules as well, and what is never used need not keep them.
    remarks.Add(ViolationIf(rules.strict()), v1::FINDING_REASON_REDIRECT_URI_WILDCARD,
                say(rules.strict() ? "has a \"*\"; redirect URIs are not patterns"
                                   : "has a \"*\" and was dropped; redirect URIs are not patterns"));
    return report;
  } else if (classified.kind == RedirectUriKind::kMalformed) {
    remarks.Violation(v1::FINDING_REASON_REDIRECT_URI_MALFORMED, say(classified.why));
  } else if (classified.kind == RedirectUriKind::kPrivateUse && rules.strict()) {
    remarks.Violation(v1::FINDING_REASON_REDIRECT_URI_SCHEME_FORBIDDEN,
                      say("is neither https nor http on a loopback host"));
  } else if (classified.kind == RedirectUriKind::kPrivateUse && classified.uri.scheme.find('.') == string_view::npos) {
    remarks.Warning(v1::FINDING_REASON_REDIRECT_URI_SCHEME_NOT_REVERSE_DOMAIN,
                    say("has a private-use scheme that is not a reversed domain name; any application on the device "
                        "may claim it"));
  }
  if (classified.uri.userinfo.has_value()) {
    remarks.Violation(v1::FINDING_REASON_REDIRECT_URI_USERINFO, say("has a user name or password before its host"));
  }
  if (classified.uri.fragment.has_value()) {
    remarks.Violation(v1::FINDING_REASON_REDIRECT_URI_FRAGMENT, say("has a fragment"));
  }
  report.usable = remarks.acceptable();
  return report;
}

bool RedirectUriMatches(string_view registered, string_view requested) {
  if (registered == requested) return true;
  const Classified ours = Classify(registered);
  const Classified theirs = Classify(requested);
  return ours.kind == RedirectUriKind::kLoopback && theirs.kind == RedirectUriKind::kLoopback &&
         SplitAtPort(registered, ours.uri) == SplitAtPort(requested, theirs.uri);
}

std::string HostForConsent(string_view text) {
  const Classified classified = Classify(text);
  switch (classified.kind) {
    case RedirectUriKind::kHttps:
    case RedirectUriKind::kLoopback:
      return absl::AsciiStrToLower(std::string(classified.uri.host));
    case RedirectUriKind::kPrivateUse:
      return absl::StrCat(absl::AsciiStrToLower(std::string(classified.uri.scheme)), ":");
    case RedirectUriKind::kMalformed:
    case RedirectUriKind::kForbidden:
      return "";
  }
  return "";
}

}  // namespace cimd::metadata
