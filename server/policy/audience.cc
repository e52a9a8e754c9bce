#include "server/policy/audience.h"

#include <algorithm>
#include <optional>

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

}  // namespace

string_view NamedAudience(const v1::Tenant& tenant, string_view audience, const Resources& resources) {
  if (!AreResourcesUsed(tenant, audience)) return audience;
  string_view named;
  for (const std::string& resource : resources) {
    // An empty parameter is an absent one (RFC 6749 section 3.1).
    if (resource.empty()) continue;
    if (!named.empty() && resource != named) return "";
    named = resource;
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
    differ |= resource != first;
    if (IsResourceUri(resource)) continue;
    checks.Fail(v1::CHECK_REASON_RESOURCE_MALFORMED, "resource",
                fmt::format("resource {} is not an absolute URI without fragment", Quoted(resource)));
  }
  if (differ) {
    checks.Fail(v1::CHECK_REASON_RESOURCE_AMBIGUOUS, "resource",
                "several resources are named; a token is for one API, compared byte for byte");
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
