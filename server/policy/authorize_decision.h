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

// Facts about an authorization request, read from one snapshot. The caller owns the pointed-to messages.
struct AuthorizeFacts {
  const v1::Tenant& tenant;
  // The client registered for the request's client_id. Null when there is none.
  const v1::Client* client = nullptr;
  // For RequestedAudience(tenant, request) and SUBJECT_TYPE_USER.
  ApiFacts api = {};
  // The tenant's connections at domain level: the only ones that third-party clients may use.
  const google::protobuf::RepeatedPtrField<v1::ConnectionReference>& domain_connections;
  // Whether the tenant has a connection of the requested name at any level. Ignored when one at domain level has the
  // name.
  bool connection_exists = false;
  // Of the snapshot.
  int64_t revision = 0;
};

// The identifier of the API to look up for the request; empty when the request names none. Points into the request.
// When there is no such API, look up OtherSpellings() of it (audience.h).
std::string_view RequestedAudience(const v1::Tenant& tenant, const v1::AuthorizeRequestRequest& request);

// Decides whether a request at the authorization endpoint may go on, by the rules for strict third-party clients. The
// parameters come from an attacker; the caller limits their number and size. The answer has every failed check in order
// of precedence (checks.h). For an unknown client it says nothing about APIs, grants and connections.
//
// An error may be redirected only to a URI that is registered for a known, active client whose settings say
// ALLOW_ALWAYS, and only if neither client_id nor redirect_uri was repeated (RFC 6749 section 4.1.2.1, RFC 9700
// section 4.11.2).
//
// Pure and thread-safe. The work is linear-logarithmic in the request and linear in the facts.
v1::AuthorizeRequestResponse DecideAuthorize(const AuthorizeFacts& facts, const v1::AuthorizeRequestRequest& request);

}  // namespace cimd::policy

#endif  // CIMD_SERVER_POLICY_AUTHORIZE_DECISION_H_
