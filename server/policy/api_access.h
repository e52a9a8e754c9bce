#ifndef CIMD_SERVER_POLICY_API_ACCESS_H_
#define CIMD_SERVER_POLICY_API_ACCESS_H_

#include <string>
#include <string_view>

#include "cimd/v1/grants_service.pb.h"
#include "cimd/v1/registration_service.pb.h"
#include "server/policy/checks.h"

namespace cimd::policy {

// Facts about the API of a request, read from one snapshot. The caller owns the pointed-to messages.
struct ApiFacts {
  // The API whose identifier is RequestedAudience(...), or else the first one found under one of its OtherSpellings().
  // Null when there is none.
  const v1::ResourceServer* resource_server = nullptr;
  // The client's own grant for that API and the subject type of the request. Null when there is none.
  const v1::ClientGrant* own_grant = nullptr;
  // The default grant of third-party clients for the same API and subject type. Null when there is none.
  const v1::ClientGrant* default_grant = nullptr;
};

// The API and grant that a client may use. `grant` is null when there is none, and always when there is no API.
struct ApiAccess {
  const v1::ResourceServer* resource_server = nullptr;
  const v1::ClientGrant* grant = nullptr;
};

// Checks that the API exists and admits third-party clients:
//
//   policy for the subject type   a grant is there   none is there
//   ALLOW_ALL                     allowed            GRANT_MISSING
//   REQUIRE_CLIENT_GRANT          allowed            GRANT_MISSING
//   DENY_ALL                      ACCESS_DENIED      ACCESS_DENIED, GRANT_MISSING
//
// ALLOW_ALL exempts only first-party clients from grants. A client's own grant replaces the default grant, whether it
// is narrower or wider; the two are never combined. A grant for another client, API or subject type is ignored.
//
// The API's identifier must be `audience`. An identifier that `resource` named may have another spelling
// (IsSameResource). An API with a similar identifier is only mentioned in the failed check. `parameter` is the request
// parameter that named the API, or empty.
ApiAccess CheckApiAccess(const ApiFacts& facts, const v1::Client& client, std::string_view audience,
                         std::string_view parameter, v1::SubjectType subject_type, Checks& checks);

// Whether the client may get refresh tokens for the API: both the API and the client's document allow it.
bool IsOfflineAccessAllowed(const v1::ResourceServer& resource_server, const v1::Client& client);

}  // namespace cimd::policy

#endif  // CIMD_SERVER_POLICY_API_ACCESS_H_
