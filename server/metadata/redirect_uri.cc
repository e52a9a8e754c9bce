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

// Schemes that no application claims as its own. They run script, show local files, hand text to another program (mail,
// calls, messages, remote desktops), or speak another protocol than HTTP (file transfer, directories, shells).
constexpr string_view kHostileSchemes[] = {"about",        "acap",
                                           "afp",          "android-app",
                                           "app-settings", "applescript",
                                           "blob",         "brave",
                                           "callto",       "chrome",
                                           "cid",          "cifs",
                                           "content",      "data",
                                           "dav",          "davs",
                                           "dict",         "dns",
                                           "ed2k",         "edge",
                                           "facetime",     "facetime-audio",
                                           "fax",          "feed",
                                           "file",         "filesystem",
                                           "finger",       "ftp",
                                           "ftps",         "geo",
                                           "git",          "git+ssh",
                                           "gopher",       "h323",
                                           "hcp",          "help",
                                           "iax",          "imap",
                                           "imaps",        "intent",
                                           "ipp",          "ipps",
                                           "irc",          "ircs",
                                           "itms",         "its",
                                           "jabber",       "jar",
                                           "javascript",   "jnlp",
                                           "ldap",         "ldapi",
                                           "ldaps",        "livescript",
                                           "magnet",       "mailto",
                                           "market",       "mid",
                                           "mk",           "mms",
                                           "mmst",         "mmsto",
                                           "mocha",        "modem",
                                           "news",         "nfs",
                                           "nntp",         "ntp",
                                           "opera",        "pop",
                                           "pop3",         "rdp",
                                           "res",          "resource",
                                           "rlogin",       "rsync",
                                           "rtmp",         "rtsp",
                                           "scp",          "search",
                                           "sftp",         "shell",
                                           "sip",          "sips",
                                           "skype",        "smb",
                                           "sms",          "smsto",
                                           "sntp",         "ssh",
                                           "svn",          "svn+ssh",
                                           "tel",          "telnet",
                                           "tftp",         "tn3270",
                                           "urn",          "vbs",
                                           "vbscript",     "view-source",
                                           "vivaldi",      "vnc",
                                           "wais",         "webcal",
                                           "webdav",       "ws",
                                           "wss",          "wyciwyg",
                                           "xmpp"};
// Prefixes of hostile schemes: browsers' own pages, and handlers that operating systems register for their own
// programs.
constexpr string_view kHostileSchemePrefixes[] = {"chrome-", "itms-", "moz-", "ms-", "safari-", "search-ms", "x-apple"};

struct Classified {
  RedirectUriKind kind = RedirectUriKind::kMalformed;
  Uri uri;
  // Why the URI cannot be a redirect URI; empty when it can.
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
  return {RedirectUriKind::kPlainHttp, uri,
          "uses http; only https, or http on 127.0.0.1, [::1] or localhost, is allowed"};
}

Classified Classify(string_view text) {
  const std::optional<Uri> uri = SplitUri(text);
  if (!uri.has_value()) return Malformed({}, "is not an absolute URI");
  // Checked before the rest of the text, so that an odd byte cannot make a hostile scheme look like a spelling mistake.
  if (IsHostileScheme(uri->scheme)) {
    return {RedirectUriKind::kHostile, *uri, "has a scheme that is never redirected to"};
  }
  if (FindForbiddenByte(text, *uri) != string_view::npos) return Malformed(*uri, "has a character that no URI has");
  if (!IsPercentEncodingValid(text)) return Malformed(*uri, "has a \"%\" without two hexadecimal digits");
  if (HasScheme(*uri, "http") || HasScheme(*uri, "https")) return ClassifyHttp(*uri);
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

bool IsHostileScheme(string_view scheme) {
  const std::string lower = absl::AsciiStrToLower(std::string(scheme));
  return absl::c_linear_search(kHostileSchemes, lower) ||
         absl::c_any_of(kHostileSchemePrefixes, [&](string_view prefix) { return lower.starts_with(prefix); });
}

RedirectUriKind ClassifyRedirectUri(string_view uri) { return Classify(uri).kind; }

RedirectUriReport JudgeRedirectUri(string_view text, const DocumentRules& rules) {
  RedirectUriReport report;
  // STANDARD leaves out what cannot be used.
  const Severity unusable = ViolationIf(rules.strict());
  const auto refuse = [&](Severity severity, v1::FindingReason reason, string_view what) {
    report.usable = false;
    report.remarks.Add(severity, reason,
                       absl::StrCat(std::string(what), severity == Severity::kWarning ? "; left out" : ""));
  };
  const auto about = [&](string_view what) { return absl::StrCat(Quoted(text), " ", std::string(what)); };
  report.usable = true;
  if (text.empty()) {
    refuse(unusable, v1::FINDING_REASON_MEMBER_EMPTY, "a redirect URI is empty");
    return report;
  }
  if (text.size() > kMaxUriBytes) {
    refuse(unusable, v1::FINDING_REASON_MEMBER_TOO_LONG,
           absl::StrCat("a redirect URI has ", text.size(), " bytes; at most ", kMaxUriBytes, " are allowed"));
    return report;
  }
  const Classified classified = Classify(text);
  report.kind = classified.kind;
  if (classified.kind == RedirectUriKind::kHostile) {
    refuse(Severity::kViolation, v1::FINDING_REASON_REDIRECT_URI_SCHEME_FORBIDDEN, about(classified.why));
  } else if (classified.kind == RedirectUriKind::kPlainHttp) {
    refuse(unusable, v1::FINDING_REASON_REDIRECT_URI_SCHEME_FORBIDDEN, about(classified.why));
  } else if (text.find('*') != string_view::npos) {
    // Other findings are not added: a "*" in a host or port breaks further rules for the same cause.
    refuse(unusable, v1::FINDING_REASON_REDIRECT_URI_WILDCARD, about("has a \"*\"; redirect URIs are not patterns"));
    return report;
  } else if (classified.kind == RedirectUriKind::kMalformed) {
    refuse(unusable, v1::FINDING_REASON_REDIRECT_URI_MALFORMED, about(classified.why));
  } else if (classified.kind == RedirectUriKind::kPrivateUse && rules.strict()) {
    refuse(Severity::kViolation, v1::FINDING_REASON_REDIRECT_URI_SCHEME_FORBIDDEN,
           about("is neither https nor http on a loopback host"));
  } else if (classified.kind == RedirectUriKind::kPrivateUse && classified.uri.scheme.find('.') == string_view::npos) {
    report.remarks.Warning(v1::FINDING_REASON_REDIRECT_URI_SCHEME_NOT_REVERSE_DOMAIN,
                           about("has a private-use scheme that is not a reversed domain name; any application on the "
                                 "device may claim it"));
  }
  if (classified.uri.userinfo.has_value()) {
    refuse(unusable, v1::FINDING_REASON_REDIRECT_URI_USERINFO, about("has a user name or password before its host"));
  }
  if (classified.uri.fragment.has_value()) {
    refuse(unusable, v1::FINDING_REASON_REDIRECT_URI_FRAGMENT, about("has a fragment"));
  }
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
    case RedirectUriKind::kPlainHttp:
    case RedirectUriKind::kHostile:
      return "";
  }
  return "";
}

}  // namespace cimd::metadata
