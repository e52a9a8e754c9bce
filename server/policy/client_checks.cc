#include "server/policy/client_checks.h"

#include <algorithm>

#include "fmt/format.h"

namespace cimd::policy {

const v1::Client* CheckClient(const v1::Tenant& tenant, const v1::Client* client, const std::string& client_id,
                              Checks& checks) {
  if (!tenant.client_id_metadata_document_supported()) {
    checks.Fail(v1::CHECK_REASON_CIMD_DISABLED, "",
                "this tenant does not support clients that are identified by a metadata document");
  }
  if (client_id.empty()) {
    checks.Fail(v1::CHECK_REASON_CLIENT_ID_MISSING, "client_id", "client_id is missing");
    return nullptr;
  }
  if (client == nullptr || client->metadata().external_client_id() != client_id) {
    checks.Fail(v1::CHECK_REASON_CLIENT_UNKNOWN, "client_id",
                fmt::format("client {} is not registered; identifiers are compared byte for byte", Quoted(client_id)));
    return nullptr;
  }
  if (client->state() != v1::CLIENT_STATE_ACTIVE) {
    checks.Fail(v1::CHECK_REASON_CLIENT_BLOCKED, "client_id", fmt::format("client {} is blocked", Quoted(client_id)));
  }
  return client;
}

bool IsGrantTypeRegistered(const v1::Client& client, std::string_view grant_type) {
  const auto& registered = client.metadata().grant_types();
  return std::find(registered.begin(), registered.end(), grant_type) != registered.end();
}

void CheckGrantTypeRegistered(const v1::Client& client, std::string_view grant_type, Checks& checks) {
  if (grant_type == "client_credentials") {
    if (SupportsAuthentication(client, "private_key_jwt")) return;
    checks.Fail(v1::CHECK_REASON_GRANT_TYPE_NOT_REGISTERED, "grant_type",
                "client_credentials is only for clients whose document says private_key_jwt");
  } else if (!IsGrantTypeRegistered(client, grant_type)) {
    checks.Fail(v1::CHECK_REASON_GRANT_TYPE_NOT_REGISTERED,
                checks.stage() == FlowStage::kAuthorization ? "" : "grant_type",
                fmt::format("the client is not registered for grant type {}", Quoted(grant_type)));
  }
}

bool SupportsAuthentication(const v1::Client& client, std::string_view method) {
  const v1::ClientMetadata& metadata = client.metadata();
  const auto& supported = metadata.token_endpoint_auth_methods_supported();
  return metadata.token_endpoint_auth_method() == method ||
         std::find(supported.begin(), supported.end(), method) != supported.end();
}

void CheckAuthentication(const v1::Client& client, std::string_view method, bool proof_required, Checks& checks) {
  if (method.empty() || method == "none") {
    if (!proof_required && SupportsAuthentication(client, "none")) return;
    checks.Fail(v1::CHECK_REASON_CLIENT_AUTHENTICATION_MISSING, "client_assertion",
                "the client has to authenticate with private_key_jwt");
  } else if (method != "private_key_jwt" || !SupportsAuthentication(client, method)) {
    checks.Fail(v1::CHECK_REASON_CLIENT_AUTHENTICATION_METHOD, "",
                fmt::format("authentication method {} is not among those of the client's document", Quoted(method)));
  }
}

}  // namespace cimd::policy
