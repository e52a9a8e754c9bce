#ifndef CIMD_SERVER_POLICY_CLIENT_CHECKS_H_
#define CIMD_SERVER_POLICY_CLIENT_CHECKS_H_

#include <string>
#include <string_view>

#include "cimd/v1/admin_service.pb.h"
#include "cimd/v1/registration_service.pb.h"
#include "server/policy/checks.h"

namespace cimd::policy {

// Checks that the tenant takes CIMD clients and that `client` (null when none is registered) is the one named
// `client_id`, byte for byte, and active. Null, with a failed check, when there is no such client; a client that is not
// active is returned, so that all else that is wrong can be listed.
const v1::Client* CheckClient(const v1::Tenant& tenant, const v1::Client* client, const std::string& client_id,
                              Checks& checks);

bool IsGrantTypeRegistered(const v1::Client& client, std::string_view grant_type);

// Checks that the client registered the grant type. client_credentials is for clients that can prove who they are:
// documents are not asked for it, because what a client may do in its own name is for the tenant's admin to say, with
// a grant of subject type CLIENT; but such a grant is of no use to a client that anybody can pose as.
void CheckGrantTypeRegistered(const v1::Client& client, std::string_view grant_type, Checks& checks);

// Whether the client's document lists the authentication method ("none", "private_key_jwt"), or was taken to.
bool SupportsAuthentication(const v1::Client& client, std::string_view method);

// Checks how a client authenticated at the token endpoint: `method` is what the authorization server verified, "" the
// same as "none". A client whose document says private_key_jwt alone has to use it (CIMD draft section 8.2); one that
// lists none as well may do either, unless `proof_required`.
void CheckAuthentication(const v1::Client& client, std::string_view method, bool proof_required, Checks& checks);

}  // namespace cimd::policy

#endif  // CIMD_SERVER_POLICY_CLIENT_CHECKS_H_
