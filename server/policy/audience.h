#ifndef CIMD_SERVER_POLICY_AUDIENCE_H_
#define CIMD_SERVER_POLICY_AUDIENCE_H_

#include <string>
#include <string_view>
#include <vector>

#include "cimd/v1/admin_service.pb.h"
#include "server/policy/checks.h"

namespace cimd::policy {

using Resources = google::protobuf::RepeatedPtrField<std::string>;

// The API that a request names, as it stands in the request: `audience`, or else, in the compatibility profile only,
// the first of `resources` when all of them are one resource (IsSameResource). Empty when the request names none,
// several, or one that RFC 8707 does not allow. In the audience profile, and beside an audience, resources are not
// looked at. All three are attacker-controlled; the result points into them.
std::string_view NamedAudience(const v1::Tenant& tenant, std::string_view audience, const Resources& resources);

// The parameter that NamedAudience took, for failed checks: "audience" or "resource".
std::string_view AudienceParameter(const v1::Tenant& tenant, std::string_view audience);

// Whether two values of `resource` name one API. They are compared byte for byte, except that http and https URIs may
// differ in the case of scheme and host, in a default port that is written out, and in an empty path against "/"
// (RFC 3986 section 6.2.3). "/mcp" and "/mcp/" differ.
bool IsSameResource(std::string_view a, std::string_view b);

// The identifiers, besides `named` itself, of APIs that `named` may be meant for: first those for which
// IsSameResource() holds, in normal spelling, then those that also differ in a final slash. At most 2.
std::vector<std::string> OtherSpellings(std::string_view named);

// Checks, where NamedAudience looks at them, that each of `resources` is an absolute URI without a fragment (RFC 8707
// section 2) and that they are all the same: one token is for one API.
void CheckResources(const v1::Tenant& tenant, std::string_view audience, const Resources& resources, Checks& checks);

// The same where an API has to be named. Returns NamedAudience.
std::string_view CheckAudience(const v1::Tenant& tenant, std::string_view audience, const Resources& resources,
                               Checks& checks);

}  // namespace cimd::policy

#endif  // CIMD_SERVER_POLICY_AUDIENCE_H_
