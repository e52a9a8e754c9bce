#ifndef CIMD_SERVER_POLICY_API_ACCESS_H_
#define CIMD_SERVER_POLICY_API_ACCESS_H_

#include <string>
#include <string_view>

#include "cimd/v1/grants_service.pb.h"
#include "cimd/v1/registration_service.pb.h"
#include "server/policy/checks.h"

namespace cimd::policy {

// What the store has about the API that a request is for, read from one snapshot. The caller owns everything.
struct ApiFacts {
  // The one whose identifier is RequestedAudience(...), or else the first one that has one of its OtherSpellings().
  // Null when there is none.
  const v1::ResourceServer* resource_server = nullptr;
  // The client's own grant for that API and the subject type of the request. Null when there is none.
  const v1::ClientGrant* own_grant = nullptr;
  // The default grant of third-party clients, for the same. Null when there is none.
  const v1::ClientGrant* default_grant = nullptr;
};

// What a client may use. The grant is null when there is none, and always when the API is.
struct ApiAccess {
  const v1::ResourceServer* resource_server = nullptr;
  const v1::ClientGrant* grant = nullptr;
};

// Checks that the API is there and lets third-party clients in:
//
//   policy for the subject type   a grant is there   none is there
//   ALLOW_ALL                     allowed            GRANT_MISSING
//   REQUIRE_CLIENT_GRANT          allowed            GRANT_MISSING
//   DENY_ALL                      ACCESS_DENIED      ACCESS_DENIED, GRANT_MISSING
//
// ALLOW_ALL frees first-party clients alone. A client's own grant takes the place of the default one, be it narrower or
// wider; they are never added up. A grant for another client, API or subject type is ignored.
//
// The API's identifier has to be `audience`; one that `resource` named may be spelled otherwise (IsSameResource). An
// API with a similar identifier is only mentioned in the failed check. `parameter` is the one that named the API, empty
// when none did.
ApiAccess CheckApiAccess(const ApiFacts& facts, const v1::Client& client, std::string_view audience,
                         std::string_view parameter, v1::SubjectType subject_type, Checks& checks);

// Whether the client may get refresh tokens for the API: both the API and the client's document allow it.
bool IsOfflineAccessAllowed(const v1::ResourceServer& resource_server, const v1::Client& client);

}  // namespace cimd::policy

#endif  // CIMD_SERVER_POLICY_API_ACCESS_H_
