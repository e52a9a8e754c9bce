#include "server/policy/api_access.h"

#include <string>
#include <string_view>

#include "fmt/format.h"
#include "server/metadata/uri_difference.h"
#include "server/policy/audience.h"
#include "server/policy/client_checks.h"

namespace cimd::policy {
namespace {

// A policy unknown to this version denies access.
bool IsClosed(v1::AccessPolicy policy) {
  return policy != v1::ACCESS_POLICY_UNSPECIFIED && policy != v1::ACCESS_POLICY_ALLOW_ALL &&
         policy != v1::ACCESS_POLICY_REQUIRE_CLIENT_GRANT;
}

bool IsFor(const v1::ClientGrant* grant, std::string_view audience, v1::SubjectType subject_type) {
  return grant != nullptr && grant->audience() == audience && grant->subject_type() == subject_type;
}

const v1::ClientGrant* GrantInForce(const ApiFacts& facts, const v1::Client& client, std::string_view audience,
                                    v1::SubjectType subject_type) {
  if (IsFor(facts.own_grant, audience, subject_type) && facts.own_grant->client() == client.name()) {
    return facts.own_grant;
  }
  if (IsFor(facts.default_grant, audience, subject_type) &&
      facts.default_grant->default_for() == v1::DEFAULT_FOR_THIRD_PARTY_CLIENTS) {
    return facts.default_grant;
  }
  return nullptr;
}

bool IsMeant(const v1::ResourceServer* api, std::string_view audience, std::string_view parameter) {
  return api != nullptr &&
         (api->identifier() == audience || (parameter == "resource" && IsSameResource(api->identifier(), audience)));
}

std::string DescribeNearMiss(const ApiFacts& facts, std::string_view audience) {
  const std::string difference = facts.resource_server == nullptr
                                     ? std::string()
                                     : metadata::DescribeSmallDifference(facts.resource_server->identifier(), audience);
  if (difference.empty()) return "identifiers are compared byte for byte, a final slash included";
  return fmt::format("API {} differs from it in {}", Quoted(facts.resource_server->identifier()), difference);
}

}  // namespace

ApiAccess CheckApiAccess(const ApiFacts& facts, const v1::Client& client, std::string_view audience,
                         std::string_view parameter, v1::SubjectType subject_type, Checks& checks) {
  if (!IsMeant(facts.resource_server, audience, parameter)) {
    checks.Fail(v1::CHECK_REASON_AUDIENCE_UNKNOWN, parameter,
                fmt::format("there is no API {}; {}", Quoted(audience), DescribeNearMiss(facts, audience)));
    return {};
  }
  const std::string& identifier = facts.resource_server->identifier();
  const bool for_user = subject_type == v1::SUBJECT_TYPE_USER;
  const v1::SubjectTypeAuthorization& policies = facts.resource_server->subject_type_authorization();
  if (IsClosed(for_user ? policies.user() : policies.client())) {
    checks.Fail(v1::CHECK_REASON_ACCESS_DENIED_BY_API, parameter,
                fmt::format("API {} is closed to all clients {}", Quoted(audience),
                            for_user ? "acting for users" : "acting for themselves"));
  }
  const v1::ClientGrant* grant = GrantInForce(facts, client, identifier, subject_type);
  if (grant == nullptr) {
    checks.Fail(v1::CHECK_REASON_GRANT_MISSING, parameter,
                fmt::format("the client has no grant for API {} to act for {}, and there is no default one",
                            Quoted(audience), for_user ? "users" : "itself"));
  }
  return {facts.resource_server, grant};
}

bool IsOfflineAccessAllowed(const v1::ResourceServer& resource_server, const v1::Client& client) {
  return resource_server.allow_offline_access() && IsGrantTypeRegistered(client, "refresh_token");
}

}  // namespace cimd::policy
