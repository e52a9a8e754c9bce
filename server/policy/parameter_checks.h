#ifndef CIMD_SERVER_POLICY_PARAMETER_CHECKS_H_
#define CIMD_SERVER_POLICY_PARAMETER_CHECKS_H_

#include <string>
#include <string_view>

#include "cimd/v1/grants_service.pb.h"
#include "server/policy/checks.h"

namespace cimd::policy {

using ParameterNames = google::protobuf::RepeatedPtrField<std::string>;

// Whether a strict third-party client may send the parameter to the authorization endpoint: an allow-list of known
// names, and every name with the prefix "ext-". Case-sensitive. All other names are refused, among them request and
// request_uri (no request objects), claims and id_token_hint (no OpenID), screen_hint, login_ticket and invitation.
//
// response_mode is allowed because the server metadata publishes the mode "query". Values are not checked here: the
// authorization server must refuse other modes.
bool IsAllowedParameter(std::string_view name);

// Adds a failed check for each name that is not allowed. Names come from an attacker.
void CheckOtherParameters(const ParameterNames& names, Checks& checks);

// Adds a failed check for each repeated parameter (RFC 6749 section 3.1) except `resource`, which may be repeated.
void CheckRepeatedParameters(const ParameterNames& names, Checks& checks);

// Check that response_type is "code", and that there is an S256 challenge (RFC 7636, RFC 9700 section 2.1.1). An absent
// challenge method means plain and is refused.
void CheckResponseType(std::string_view response_type, Checks& checks);
void CheckPkce(std::string_view code_challenge, std::string_view code_challenge_method, Checks& checks);

}  // namespace cimd::policy

#endif  // CIMD_SERVER_POLICY_PARAMETER_CHECKS_H_
