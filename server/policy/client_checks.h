#ifndef CIMD_SERVER_POLICY_CLIENT_CHECKS_H_
#define CIMD_SERVER_POLICY_CLIENT_CHECKS_H_

#include <string>
#include <string_view>

#include "cimd/v1/admin_service.pb.h"
#include "cimd/v1/registration_service.pb.h"
#include "server/policy/checks.h"

namespace cimd::policy {

// Checks that the tenant supports CIMD clients, and that `client` (null when none is registered) is active and is named
// `client_id`, byte for byte. Returns null, with a failed check, when there is no such client. Returns a client that is
// not active, so that the other checks can be made.
const v1::Client* CheckClient(const v1::Tenant& tenant, const v1::Client* client, const std::string& client_id,
                              Checks& checks);

bool IsGrantTypeRegistered(const v1::Client& client, std::string_view grant_type);

// Checks that the client registered the grant type. client_credentials need not be in the document: the tenant's admin
// allows it with a grant of subject type CLIENT. It takes a client that can authenticate with private_key_jwt, because
// anyone could use the grant of a public client.
void CheckGrantTypeRegistered(const v1::Client& client, std::string_view grant_type, Checks& checks);

// Whether the client's document lists the authentication method ("none", "private_key_jwt") or defaults to it.
bool SupportsAuthentication(const v1::Client& client, std::string_view method);

// Checks how a client authenticated at the token endpoint. `method` is what the authorization server verified; "" means
// "none". A client that lists only private_key_jwt must use it (CIMD draft section 8.2). A client that lists both may
// use either, unless `proof_required`.
void CheckAuthentication(const v1::Client& client, std::string_view method, bool proof_required, Checks& checks);

}  // namespace cimd::policy

#endif  // CIMD_SERVER_POLICY_CLIENT_CHECKS_H_
