#ifndef CIMD_SERVER_POLICY_CONSENT_H_
#define CIMD_SERVER_POLICY_CONSENT_H_

#include <string_view>

#include "absl/types/span.h"
#include "cimd/v1/grants_service.pb.h"
#include "cimd/v1/registration_service.pb.h"
#include "server/policy/scopes.h"

namespace cimd::policy {

// The facts to show a user before consent (CIMD draft section 8.5; MCP security considerations): the hosts of the
// client and of the redirect URI, with a warning when the latter is the user's own machine. A client without a name is
// shown by its host. `redirect_uri` is a registered one. The client's publisher, who is not trusted, controls it and
// the client's metadata. `scopes` are those that will be granted, each with the API's description if there is one.
v1::ConsentFacts DescribeConsent(const v1::Client& client, std::string_view redirect_uri,
                                 absl::Span<const GrantedScope> scopes);

}  // namespace cimd::policy

#endif  // CIMD_SERVER_POLICY_CONSENT_H_
