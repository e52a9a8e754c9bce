#ifndef CIMD_SERVER_POLICY_AUTHORIZATION_RECHECK_H_
#define CIMD_SERVER_POLICY_AUTHORIZATION_RECHECK_H_

#include "cimd/v1/grants_service.pb.h"
#include "cimd/v1/registration_service.pb.h"
#include "server/policy/checks.h"

namespace cimd::policy {

// Whether the basis is that of an authorization that was allowed. That of a denial names no API.
bool IsAuthorization(const v1::DecisionBasis& basis);

// Whether the request has to be authenticated although the document may allow none: the authorization, or an earlier
// request on it, was bound to private_key_jwt, and is not to be downgraded; or the client wants to act for itself. Not
// when the client no longer has that method at all, which is another failure.
bool IsProofRequired(const v1::Client& client, const v1::AuthorizeTokenRequestRequest& request);

// Checks that what an authorization relied on still holds for the client as it is registered now (CIMD draft section
// 8.3): it is the same client (a code is good for no other), the code's redirect URI is still in its document, and
// private_key_jwt has not given way to none. Also that the request repeats the authorization's redirect URI, if it has
// one.
void RecheckAuthorization(const v1::Client& client, const v1::AuthorizeTokenRequestRequest& request, Checks& checks);

// Tells what has changed since the authorization, whether it is reason for a denial or not.
void DescribeChanges(const v1::Client& client, const v1::AuthorizeTokenRequestRequest& request,
                     v1::AuthorizeTokenRequestResponse& response);

}  // namespace cimd::policy

#endif  // CIMD_SERVER_POLICY_AUTHORIZATION_RECHECK_H_
