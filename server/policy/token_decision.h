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

// The result of verifying the client's assertion; empty when the request had none.
struct AssertionFacts {
  // Why it was refused; UNSPECIFIED when it was not.
  v1::AssertionReason reason = v1::ASSERTION_REASON_UNSPECIFIED;
  std::string_view description;
  // Of the key that verified it.
  std::string_view key_thumbprint;
};

// Facts about a token request, read from one snapshot. The caller owns the pointed-to messages.
struct TokenFacts {
  const v1::Tenant& tenant;
  // The client registered for the request's client_id. Null when there is none.
  const v1::Client* client = nullptr;
  // For RequestedAudience(tenant, request) and RequestedSubjectType(request).
  ApiFacts api = {};
  // Of the snapshot.
  int64_t revision = 0;
  // The result of verifying the assertion. request.authentication_method is private_key_jwt when there was one.
  AssertionFacts assertion = {};
};

// The identifier of the API to look up for the request: the authorized one for a code or refresh token, the named one
// for client_credentials. Empty when there is none. Points into the request. When there is no such API, look up
// OtherSpellings() of it (audience.h).
std::string_view RequestedAudience(const v1::Tenant& tenant, const v1::AuthorizeTokenRequestRequest& request);

// The subject of the token: CLIENT with client_credentials, otherwise USER.
v1::SubjectType RequestedSubjectType(const v1::AuthorizeTokenRequestRequest& request);

// Decides whether a token request is granted, by the facts stored now. The parameters come from an attacker. The basis
// comes from the authorization server, which kept it from the earlier decision, and is trusted.
//
//   authorization_code, refresh_token: grants the authorized scopes that are still allowed, or the requested ones of
//     these. Grants nothing when the client was removed or replaced, its redirect URI was removed (a code only), or its
//     authentication was weakened.
//   authorization_code: requested scopes beyond the authorization are dropped.
//   refresh_token: requested scopes beyond the authorization are refused (RFC 6749 section 6). offline_access must be
//     authorized and still allowed.
//   client_credentials: grants the scopes of the grant for subject type CLIENT, or the requested ones of these. Only
//     for a client that authenticated with private_key_jwt.
//
// redirect_uri may be absent, as in OAuth 2.1, which relies on PKCE. When present, it must be that of the
// authorization.
//
// The answer has every failed check, like that of DecideAuthorize(). Pure and thread-safe, with the same cost.
v1::AuthorizeTokenRequestResponse DecideToken(const TokenFacts& facts, const v1::AuthorizeTokenRequestRequest& request);

}  // namespace cimd::policy

#endif  // CIMD_SERVER_POLICY_TOKEN_DECISION_H_
