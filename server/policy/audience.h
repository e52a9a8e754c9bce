#ifndef CIMD_SERVER_POLICY_AUDIENCE_H_
#define CIMD_SERVER_POLICY_AUDIENCE_H_

#include <string>
#include <string_view>
#include <vector>

#include "cimd/v1/admin_service.pb.h"
#include "server/policy/checks.h"

namespace cimd::policy {

using Resources = google::protobuf::RepeatedPtrField<std::string>;

// The identifier of the API that a request names: `audience`, or else, in the compatibility profile only, the first of
// `resources` when all of them are the same (IsSameResource). Empty when the request names none, several, or one that
// RFC 8707 does not allow. Resources are ignored in the audience profile and when there is an audience. An attacker
// controls `audience` and `resources`; the result points into them.
std::string_view NamedAudience(const v1::Tenant& tenant, std::string_view audience, const Resources& resources);

// The parameter that NamedAudience used, for failed checks: "audience" or "resource".
std::string_view AudienceParameter(const v1::Tenant& tenant, std::string_view audience);

// Whether two values of `resource` name one API. They are compared byte for byte, except that http and https URIs may
// differ in the case of scheme and host, in a default port that is written out, and in an empty path against "/"
// (RFC 3986 section 6.2.3). "/mcp" and "/mcp/" differ.
bool IsSameResource(std::string_view a, std::string_view b);

// Other identifiers under which the API that `named` means may be registered: first the normalized spelling, for which
// IsSameResource() holds, then the one that also differs in a final slash. At most 2.
std::vector<std::string> OtherSpellings(std::string_view named);

// Checks each of `resources` that NamedAudience considers: each must be an absolute URI without a fragment (RFC 8707
// section 2), and all must be the same, because a token is for one API.
void CheckResources(const v1::Tenant& tenant, std::string_view audience, const Resources& resources, Checks& checks);

// CheckResources for requests that must name an API. Returns NamedAudience.
std::string_view CheckAudience(const v1::Tenant& tenant, std::string_view audience, const Resources& resources,
                               Checks& checks);

}  // namespace cimd::policy

#endif  // CIMD_SERVER_POLICY_AUDIENCE_H_
