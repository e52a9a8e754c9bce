#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "server/metadata/redirect_uri.h"
#include "server/metadata/uri.h"
#include "tests/fuzz/fuzz_target.h"

// Input: a redirect URI from a document and, in a second line, one from an authorization request.
namespace cimd::fuzz {
namespace {

using metadata::RedirectUriKind;
using metadata::RedirectUriReport;

std::string WithoutPort(std::string_view text) {
  const std::optional<metadata::Uri> uri = metadata::SplitUri(text);
  if (!uri.has_value() || !uri->port.has_value()) return std::string(text);
  const size_t host_end = uri->host.data() + uri->host.size() - text.data();
  return std::string(text.substr(0, host_end)) + std::string(text.substr(host_end + 1 + uri->port->size()));
}

void CheckUsable(std::string_view uri, const RedirectUriReport& report) {
  Require(report.kind == metadata::ClassifyRedirectUri(uri));
  Require(report.kind == RedirectUriKind::kHttps || report.kind == RedirectUriKind::kLoopback ||
          report.kind == RedirectUriKind::kPrivateUse);
  Require(uri.size() <= metadata::kMaxUriBytes && uri.find('*') == std::string_view::npos);
  Require(std::all_of(uri.begin(), uri.end(), [](unsigned char c) { return absl::ascii_isgraph(c); }));
  const std::optional<metadata::Uri> split = metadata::SplitUri(uri);
  Require(split.has_value() && !split->fragment.has_value() && !split->userinfo.has_value());
  for (const char* hostile : {"javascript", "data", "vbscript", "file", "blob"}) {
    Require(!metadata::HasScheme(*split, hostile));
  }
  const std::string shown = metadata::HostForConsent(uri);
  Require(!shown.empty() && shown == absl::AsciiStrToLower(shown));
  Require(metadata::RedirectUriMatches(uri, uri));
}

}  // namespace

void FuzzOne(std::string_view input) {
  const auto [registered, requested] = SplitAt(input, '\n');
  const RedirectUriReport standard = metadata::JudgeRedirectUri(registered, {});
  const RedirectUriReport strict = metadata::JudgeRedirectUri(registered, {.profile = v1::DOCUMENT_PROFILE_STRICT});
  for (const RedirectUriReport* report : {&standard, &strict}) {
    if (report->usable) {
      CheckUsable(registered, *report);
    } else {
      Require(!report->remarks.all().empty());
    }
    Require(!report->usable || report->remarks.acceptable());
  }
  Require(standard.usable || !strict.usable);
  Require(!strict.usable || strict.kind != RedirectUriKind::kPrivateUse);
  // A text that is not a redirect URI has no host to display.
  const RedirectUriKind kind = metadata::ClassifyRedirectUri(registered);
  Require(metadata::HostForConsent(registered).empty() ==
          (kind == RedirectUriKind::kMalformed || kind == RedirectUriKind::kPlainHttp ||
           kind == RedirectUriKind::kHostile));

  if (!standard.usable || registered == requested) return;
  const bool matches = metadata::RedirectUriMatches(registered, requested);
  const bool same_but_ports = standard.kind == RedirectUriKind::kLoopback &&
                              metadata::ClassifyRedirectUri(requested) == RedirectUriKind::kLoopback &&
                              WithoutPort(registered) == WithoutPort(requested);
  Require(matches == same_but_ports);
  Require(!matches || metadata::HostForConsent(registered) == metadata::HostForConsent(requested));
}

}  // namespace cimd::fuzz
