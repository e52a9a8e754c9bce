#ifndef CIMD_SERVER_POLICY_AUTHORIZE_DECISION_H_
#define CIMD_SERVER_POLICY_AUTHORIZE_DECISION_H_

#include <cstdint>
#include <string_view>

#include "cimd/v1/admin_service.pb.h"
#include "cimd/v1/connections_service.pb.h"
#include "cimd/v1/grants_service.pb.h"
#include "cimd/v1/registration_service.pb.h"
#include "server/policy/api_access.h"

namespace cimd::policy {

// What is stored about an authorization request, all read from one snapshot. Owned by the caller.
struct AuthorizeFacts {
  const v1::Tenant& tenant;
  // The client registered for the request's client_id. Null when there is none.
  const v1::Client* client = nullptr;
  // For RequestedAudience(tenant, request) and SUBJECT_TYPE_USER.
  ApiFacts api = {};
  // The tenant's connections at domain level: the only ones that third-party clients may use.
  const google::protobuf::RepeatedPtrField<v1::ConnectionReference>& domain_connections;
  // Whether the tenant has a connection of the requested name at all. Needs no look-up when it is at domain level.
  bool connection_exists = false;
  // Of the snapshot.
  int64_t revision = 0;
};

// The identifier of the API that has to be looked up for the request; empty when none can be. Points into the request.
std::string_view RequestedAudience(const v1::Tenant& tenant, const v1::AuthorizeRequestRequest& request);

// Decides over what arrived at the authorization endpoint, by the rules for strict third-party clients. The parameters
// are attacker-controlled; their number and size are bounded by the caller. Every check that can be made is made, and
// every one that fails is in the answer, in the order of precedence (checks.h). Nothing is told about APIs, grants and
// connections to a client that is not known.
//
// An error may be redirected only to a URI that is registered for a known and active client, if that client's settings
// say ALLOW_ALWAYS and neither of the two parameters arrived twice (RFC 6749 section 4.1.2.1, RFC 9700 section 4.11.2).
//
// Pure and thread-safe; the work is linear-logarithmic in the request and linear in what is stored.
v1::AuthorizeRequestResponse DecideAuthorize(const AuthorizeFacts& facts, const v1::AuthorizeRequestRequest& request);

}  // namespace cimd::policy

#endif  // CIMD_SERVER_POLICY_AUTHORIZE_DECISION_H_
