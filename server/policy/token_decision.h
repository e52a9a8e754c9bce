#ifndef CIMD_SERVER_POLICY_TOKEN_DECISION_H_
#define CIMD_SERVER_POLICY_TOKEN_DECISION_H_

#include <cstdint>
#include <string_view>

#include "cimd/v1/admin_service.pb.h"
#include "cimd/v1/client_keys.pb.h"
#include "cimd/v1/grants_service.pb.h"
#include "cimd/v1/registration_service.pb.h"
#include "server/policy/api_access.h"

namespace cimd::policy {

// What came of the client's assertion; all of it empty when there was none.
struct AssertionFacts {
  // Why it was refused; UNSPECIFIED when it was not.
  v1::AssertionReason reason = v1::ASSERTION_REASON_UNSPECIFIED;
  std::string_view description;
  // Of the key that verified it.
  std::string_view key_thumbprint;
};

// What is stored about a token request, all read from one snapshot. Owned by the caller.
struct TokenFacts {
  const v1::Tenant& tenant;
  // The client registered for the request's client_id. Null when there is none.
  const v1::Client* client = nullptr;
  // For RequestedAudience(tenant, request) and RequestedSubjectType(request).
  ApiFacts api = {};
  // Of the snapshot.
  int64_t revision = 0;
  // Besides request.authentication_method, which is private_key_jwt when there was an assertion.
  AssertionFacts assertion = {};
};

// The identifier of the API that has to be looked up for the request: for a code or refresh token the one that was
// authorized, for client_credentials the one that is named. Empty when there is none. Points into the request.
std::string_view RequestedAudience(const v1::Tenant& tenant, const v1::AuthorizeTokenRequestRequest& request);

// Whom the token will speak for: CLIENT with client_credentials, else USER.
v1::SubjectType RequestedSubjectType(const v1::AuthorizeTokenRequestRequest& request);

// Decides over what arrived at the token endpoint, by what is stored now. The parameters are attacker-controlled; the
// basis is what the authorization server kept of the earlier decision and is believed.
//
//   authorization_code, refresh_token: what was authorized, as far as it is still granted, or as much of it as the
//     request asks for. With the client gone or another one, its redirect URI removed (a code only) or its
//     authentication weakened, nothing is given.
//   authorization_code: scopes beyond what was authorized are dropped.
//   refresh_token: scopes beyond what was authorized are refused (RFC 6749 section 6). offline_access has to be
//     authorized and still allowed.
//   client_credentials: what is granted to the client itself, or as much of it as is asked for. Only for a client that
//     authenticated with private_key_jwt.
//
// redirect_uri may be absent from a token request, as in OAuth 2.1, where PKCE does its work; when it is there it has
// to be that of the authorization.
//
// Answers like DecideAuthorize; as pure and as cheap.
v1::AuthorizeTokenRequestResponse DecideToken(const TokenFacts& facts, const v1::AuthorizeTokenRequestRequest& request);

}  // namespace cimd::policy

#endif  // CIMD_SERVER_POLICY_TOKEN_DECISION_H_
