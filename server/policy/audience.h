#ifndef CIMD_SERVER_POLICY_AUDIENCE_H_
#define CIMD_SERVER_POLICY_AUDIENCE_H_

#include <string>
#include <string_view>

#include "cimd/v1/admin_service.pb.h"
#include "server/policy/checks.h"

namespace cimd::policy {

using Resources = google::protobuf::RepeatedPtrField<std::string>;

// The identifier of the API that a request names, byte for byte as it stands in the request: `audience`, or else, in
// the compatibility profile only, the one value that all `resources` have. Empty when it names none, several, or one
// that RFC 8707 does not allow. In the audience profile, and beside an audience, resources are not looked at. All
// three are attacker-controlled; the result points into them.
std::string_view NamedAudience(const v1::Tenant& tenant, std::string_view audience, const Resources& resources);

// The parameter that NamedAudience took, for failed checks.
std::string_view AudienceParameter(const v1::Tenant& tenant, std::string_view audience);

// Checks, where NamedAudience looks at them, that each of `resources` is an absolute URI without a fragment (RFC 8707
// section 2) and that they are all the same: one token is for one API.
void CheckResources(const v1::Tenant& tenant, std::string_view audience, const Resources& resources, Checks& checks);

// The same where an API has to be named. Returns NamedAudience.
std::string_view CheckAudience(const v1::Tenant& tenant, std::string_view audience, const Resources& resources,
                               Checks& checks);

}  // namespace cimd::policy

#endif  // CIMD_SERVER_POLICY_AUDIENCE_H_
