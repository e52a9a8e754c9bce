#ifndef CIMD_SERVER_POLICY_REDIRECT_CHECKS_H_
#define CIMD_SERVER_POLICY_REDIRECT_CHECKS_H_

#include <string_view>

#include "cimd/v1/registration_service.pb.h"
#include "server/policy/checks.h"

namespace cimd::policy {

// Whether the client's document lists `redirect_uri`, which comes from an attacker. They are compared byte for byte,
// except for the port of a loopback URI (RFC 9700 section 4.1.3, RFC 8252 section 7.3; see
// metadata::RedirectUriMatches()). Linear in the URI and the document together.
bool IsRegisteredRedirectUri(const v1::Client& client, std::string_view redirect_uri);

// Checks the redirect URI of an authorization request. It is required even when only one is registered. The failed
// check names a registered URI with a small, easily overlooked difference. `client` is null when it is unknown; then
// only the presence of the URI is checked.
void CheckRedirectUri(const v1::Client* client, std::string_view redirect_uri, Checks& checks);

}  // namespace cimd::policy

#endif  // CIMD_SERVER_POLICY_REDIRECT_CHECKS_H_
