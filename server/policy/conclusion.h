#ifndef CIMD_SERVER_POLICY_CONCLUSION_H_
#define CIMD_SERVER_POLICY_CONCLUSION_H_

#include <cstdint>

#include "cimd/v1/grants_service.pb.h"
#include "cimd/v1/registration_service.pb.h"
#include "server/policy/api_access.h"
#include "server/policy/scopes.h"

namespace cimd::policy {

// The results of the checks of one decision.
struct Findings {
  // Null when unknown.
  const v1::Client* client = nullptr;
  ApiAccess access = {};
  ScopeDecision scopes = {};
};

// Fills in the answer from its failed checks: allowed, or the error of the first one, and the fields that do not depend
// on it. The caller fills in the fields of an allowed request. Both kinds of answers have the same fields.
template <typename Response>
void Conclude(const Findings& findings, int64_t revision, Response& response) {
  response.set_allowed(response.failed_checks().empty());
  if (!response.allowed()) {
    response.set_error(response.failed_checks(0).error());
    response.set_error_description(response.failed_checks(0).description());
  }
  response.mutable_basis()->set_revision(revision);
  if (findings.client != nullptr) {
    *response.mutable_client() = *findings.client;
    response.mutable_basis()->set_client(findings.client->name());
    response.mutable_basis()->set_document_version(findings.client->document_version());
  }
  const auto [resource_server, grant] = findings.access;
  if (resource_server != nullptr) *response.mutable_resource_server() = *resource_server;
  if (grant != nullptr) response.set_client_grant(grant->name());
  for (const auto& [scope, reason] : findings.scopes.dropped) {
    v1::DroppedScope& dropped = *response.add_dropped_scopes();
    dropped.set_scope(scope.data(), scope.size());
    dropped.set_reason(reason);
  }
}

}  // namespace cimd::policy

#endif  // CIMD_SERVER_POLICY_CONCLUSION_H_
