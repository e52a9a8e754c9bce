#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/fetch/url_host.h"
#include "server/metadata/client_id_url.h"
#include "server/metadata/host.h"
#include "server/metadata/uri.h"
#include "tests/fuzz/fuzz_target.h"

namespace cimd::fuzz {
namespace {

using metadata::ClientIdUrlReport;
using metadata::DocumentRules;
using metadata::Uri;

constexpr std::string_view kIssuer = "https://login.example/tenant/";

// Splitting a URI keeps all of its text and adds none.
void CheckSplit(std::string_view text) {
  const std::optional<Uri> uri = metadata::SplitUri(text);
  if (!uri.has_value()) return;
  std::string joined = std::string(uri->scheme) + ":";
  if (uri->has_authority) joined += "//";
  if (uri->userinfo.has_value()) joined += std::string(*uri->userinfo) + "@";
  joined += uri->host;
  if (uri->port.has_value()) joined += ":" + std::string(*uri->port);
  joined += uri->path;
  if (uri->query.has_value()) joined += "?" + std::string(*uri->query);
  if (uri->fragment.has_value()) joined += "#" + std::string(*uri->fragment);
  Require(joined == text);
}

void CheckFindings(const std::vector<v1::Finding>& findings) {
  for (const v1::Finding& finding : findings) {
    Require(finding.reason() != v1::FINDING_REASON_UNSPECIFIED);
    Require(finding.path() == metadata::kClientIdUrlPath);
    Require(std::all_of(finding.message().begin(), finding.message().end(),
                        [](unsigned char c) { return absl::ascii_isprint(c); }));
  }
}

void CheckAccepted(std::string_view url, const DocumentRules& rules, const ClientIdUrlReport& report) {
  const std::optional<Uri> uri = metadata::SplitUri(url);
  Require(uri.has_value() && uri->has_authority);
  Require(url.size() <= (rules.strict() ? metadata::kMaxStrictClientIdUrlBytes : metadata::kMaxUriBytes));
  Require(std::all_of(url.begin(), url.end(), [](unsigned char c) { return absl::ascii_isgraph(c); }));
  Require(metadata::HasScheme(*uri, "https"));
  Require(!uri->userinfo.has_value() && !uri->fragment.has_value());
  Require(uri->path.starts_with('/') && uri->path.find("/../") == std::string_view::npos && !uri->path.ends_with("/."));
  Require(!rules.strict() || (uri->path != "/" && !uri->query.has_value()));
  Require(report.host == uri->host && report.path == uri->path && report.port != 0);
  Require(rules.allow_special_hosts || metadata::ClassifyHost(report.host) == metadata::HostKind::kDomainName);
  Require(!report.origin.empty() && report.origin == metadata::Origin(*uri));
  Require(!url.starts_with(kIssuer));
  // The fetcher must derive the same host and port for its per-host limits.
  const std::string host = absl::AsciiStrToLower(report.host);
  Require(fetch::UrlHost(std::string(url)) == absl::StrCat(host, ":", report.port));
}

}  // namespace

void FuzzOne(std::string_view input) {
  CheckSplit(input);
  for (const bool special : {false, true}) {
    DocumentRules rules{.tenant_issuer = kIssuer, .allow_special_hosts = special};
    const ClientIdUrlReport standard = JudgeClientIdUrl(input, rules);
    rules.profile = v1::DOCUMENT_PROFILE_STRICT;
    const ClientIdUrlReport strict = JudgeClientIdUrl(input, rules);
    CheckFindings(standard.violations);
    CheckFindings(standard.warnings);
    CheckFindings(strict.violations);
    if (strict.valid()) CheckAccepted(input, rules, strict);
    rules.profile = v1::DOCUMENT_PROFILE_STANDARD;
    if (standard.valid()) CheckAccepted(input, rules, standard);
    // STRICT only adds rules about the URL.
    Require(standard.valid() || !strict.valid());
  }
}

}  // namespace cimd::fuzz
