#ifndef CIMD_SERVER_POLICY_AUTHORIZATION_RECHECK_H_
#define CIMD_SERVER_POLICY_AUTHORIZATION_RECHECK_H_

#include "cimd/v1/grants_service.pb.h"
#include "cimd/v1/registration_service.pb.h"
#include "server/policy/checks.h"

namespace cimd::policy {

// Whether the basis comes from an authorization that was allowed. The basis of a denial names no API.
bool IsAuthorization(const v1::DecisionBasis& basis);

// Whether the client must authenticate with private_key_jwt even if its document also lists "none": because the
// authorization, or an earlier request under it, was bound to that method, or because the client acts for itself. False
// when the client no longer has the method, which fails another check.
bool IsProofRequired(const v1::Client& client, const v1::AuthorizeTokenRequestRequest& request);

// Checks that what an authorization relied on still holds for the client as it is registered now (CIMD draft
// section 8.3): it is the same client, the redirect URI of a code is still in its document, and private_key_jwt has not
// been replaced with none. Also checks that a redirect URI in the request is that of the authorization.
void RecheckAuthorization(const v1::Client& client, const v1::AuthorizeTokenRequestRequest& request, Checks& checks);

// Fills in what has changed since the authorization, even if it does not cause a denial.
void DescribeChanges(const v1::Client& client, const v1::AuthorizeTokenRequestRequest& request,
                     v1::AuthorizeTokenRequestResponse& response);

}  // namespace cimd::policy

#endif  // CIMD_SERVER_POLICY_AUTHORIZATION_RECHECK_H_
