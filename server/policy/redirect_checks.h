#ifndef CIMD_SERVER_POLICY_REDIRECT_CHECKS_H_
#define CIMD_SERVER_POLICY_REDIRECT_CHECKS_H_

#include <string_view>

#include "cimd/v1/registration_service.pb.h"
#include "server/policy/checks.h"

namespace cimd::policy {

// Whether `redirect_uri`, attacker-controlled, is one that the client's document lists: byte for byte, but for the port
// of a loopback URI (RFC 9700 section 4.1.3, RFC 8252 section 7.3; server/metadata/redirect_uri.h has the rule). Linear
// in the URI and the document together, whatever the two say.
bool IsRegisteredRedirectUri(const v1::Client& client, std::string_view redirect_uri);

// Checks the redirect URI of an authorization request. It is required even of a client that has only one. `client` is
// null when unknown; then only its presence can be checked.
void CheckRedirectUri(const v1::Client* client, std::string_view redirect_uri, Checks& checks);

}  // namespace cimd::policy

#endif  // CIMD_SERVER_POLICY_REDIRECT_CHECKS_H_
