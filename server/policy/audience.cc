#include "server/policy/audience.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "server/metadata/uri.h"

namespace cimd::policy {
namespace {

using std::string_view;

bool AreResourcesUsed(const v1::Tenant& tenant, string_view audience) {
  return audience.empty() && tenant.resource_parameter_profile() == v1::RESOURCE_PARAMETER_PROFILE_COMPATIBILITY;
}

bool IsResourceUri(string_view text) {
  const std::optional<metadata::Uri> uri = metadata::SplitUri(text);
  if (!uri.has_value() || uri->fragment.has_value()) return false;
  const bool has_content = !uri->host.empty() || !uri->path.empty() || uri->query.has_value();
  return has_content && metadata::FindForbiddenByte(text, *uri) == string_view::npos &&
         metadata::IsPercentEncodingValid(text);
}

// An http or https URI split at its path. Scheme, host and port are in normal form; the rest is as written.
struct FoldedUri {
  std::string origin;
  string_view path;
  // The query and fragment, with their delimiters.
  string_view rest;
};

std::optional<FoldedUri> Fold(string_view text) {
  const std::optional<metadata::Uri> uri = metadata::SplitUri(text);
  if (!uri.has_value() || uri->userinfo.has_value()) return std::nullopt;
  std::string origin = metadata::Origin(*uri);
  if (origin.empty()) return std::nullopt;
  const size_t path_begin = uri->path.data() - text.data();
  return FoldedUri{std::move(origin), uri->path, text.substr(path_begin + uri->path.size())};
}

}  // namespace

bool IsSameResource(string_view a, string_view b) {
  if (a == b) return true;
  const std::optional<FoldedUri> first = Fold(a);
  const std::optional<FoldedUri> second = Fold(b);
  const auto path_of = [](const FoldedUri& uri) { return uri.path.empty() ? string_view("/") : uri.path; };
  return first.has_value() && second.has_value() && first->origin == second->origin &&
         path_of(*first) == path_of(*second) && first->rest == second->rest;
}

std::vector<std::string> OtherSpellings(string_view named) {
  std::vector<std::string> spellings;
  const auto add = [&](std::string spelling) {
    if (spelling != named && std::find(spellings.begin(), spellings.end(), spelling) == spellings.end()) {
      spellings.push_back(std::move(spelling));
    }
  };
  const auto toggle_slash = [](string_view path) {
    return path.ends_with('/') ? std::string(path.substr(0, path.size() - 1)) : std::string(path) + "/";
  };
  if (const std::optional<FoldedUri> uri = Fold(named); uri.has_value()) {
    add(fmt::format("{}{}{}", uri->origin, uri->path, uri->rest));
    add(fmt::format("{}{}{}", uri->origin, toggle_slash(uri->path), uri->rest));
  } else if (!named.empty()) {
    add(toggle_slash(named));
  }
  return spellings;
}

string_view NamedAudience(const v1::Tenant& tenant, string_view audience, const Resources& resources) {
  if (!AreResourcesUsed(tenant, audience)) return audience;
  string_view named;
  for (const std::string& resource : resources) {
    // An empty parameter counts as absent (RFC 6749 section 3.1).
    if (resource.empty()) continue;
    if (named.empty()) named = resource;
    if (!IsSameResource(resource, named)) return "";
  }
  return IsResourceUri(named) ? named : "";
}

string_view AudienceParameter(const v1::Tenant& tenant, string_view audience) {
  return AreResourcesUsed(tenant, audience) ? "resource" : "audience";
}

void CheckResources(const v1::Tenant& tenant, string_view audience, const Resources& resources, Checks& checks) {
  if (!AreResourcesUsed(tenant, audience)) return;
  string_view first;
  bool differ = false;
  for (const std::string& resource : resources) {
    if (resource.empty()) continue;
    if (first.empty()) first = resource;
    differ |= !IsSameResource(resource, first);
    if (IsResourceUri(resource)) continue;
    checks.Fail(v1::CHECK_REASON_RESOURCE_MALFORMED, "resource",
                fmt::format("resource {} is not an absolute URI without fragment", Quoted(resource)));
  }
  if (differ) {
    checks.Fail(v1::CHECK_REASON_RESOURCE_AMBIGUOUS, "resource", "several resources are named; a token is for one API");
  }
}

string_view CheckAudience(const v1::Tenant& tenant, string_view audience, const Resources& resources, Checks& checks) {
  const bool use_resources = AreResourcesUsed(tenant, audience);
  const bool has_resource = std::any_of(resources.begin(), resources.end(), [](const auto& r) { return !r.empty(); });
  if (audience.empty() && !(use_resources && has_resource)) {
    checks.Fail(v1::CHECK_REASON_AUDIENCE_MISSING, "audience",
                fmt::format("no API is named by audience{}", use_resources ? " or resource" : ""));
  }
  CheckResources(tenant, audience, resources, checks);
  return NamedAudience(tenant, audience, resources);
}

}  // namespace cimd::policy
