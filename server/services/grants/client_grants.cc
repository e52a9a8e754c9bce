#include "server/services/grants/client_grants.h"

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "fmt/format.h"
#include "server/crypto/random.h"
#include "server/errors/errors.h"
#include "server/resources/clients.h"
#include "server/resources/etag.h"
#include "server/resources/listing.h"
#include "server/resources/tenants.h"
#include "server/rpc/field_mask.h"
#include "server/rpc/proto_time.h"
#include "server/rpc/request_validator.h"
#include "server/rpc/resource_name.h"
#include "server/services/watches.h"
#include "storage/repositories/grant_repository.h"

namespace cimd::services {
namespace {

namespace errors = rpc::errors;
using rpc::RequestContext;
using storage::ClientGrantRecord;
using storage::ResourceServerRecord;
using storage::Transaction;
using StoredGrant = storage::Stored<ClientGrantRecord>;

constexpr size_t kIdLength = 16;
constexpr size_t kMaxScopes = 1000;
constexpr std::string_view kEditable[] = {"scopes", "allow_all_scopes"};

// The id in a client's resource name. Empty for the default grant, which names no client.
std::string_view ClientIdOf(const v1::ClientGrant& grant) { return rpc::IdOfName(grant.client()); }

void ValidateScopes(const v1::ClientGrant& grant, RequestValidator& validator) {
  validator.MaxElements("client_grant.scopes", grant.scopes_size(), kMaxScopes);
  if (grant.allow_all_scopes() && !grant.scopes().empty()) {
    validator.Add("client_grant.scopes", "FORMAT", "must be empty when allow_all_scopes is set");
  }
  std::set<std::string_view> seen;
  for (int i = 0; i < grant.scopes_size(); ++i) {
    const std::string field = fmt::format("client_grant.scopes[{}]", i);
    validator.Require(field, !grant.scopes(i).empty());
    if (!seen.insert(grant.scopes(i)).second) validator.Add(field, "DUPLICATE", "stands in the list before");
  }
}

absl::Status Validate(const v1::ClientGrant& grant, std::string_view tenant) {
  RequestValidator validator;
  const bool is_default = grant.default_for() != v1::DEFAULT_FOR_UNSPECIFIED;
  if (grant.client().empty() != is_default) {
    validator.Add("client_grant.client", "EXCLUSIVE", "exactly one of client and default_for must be set");
  }
  validator.InRange("client_grant.default_for", grant.default_for(), v1::DEFAULT_FOR_UNSPECIFIED,
                    v1::DEFAULT_FOR_THIRD_PARTY_CLIENTS);
  validator.Require("client_grant.audience", !grant.audience().empty());
  validator.InRange("client_grant.subject_type", grant.subject_type(), v1::SUBJECT_TYPE_CLIENT, v1::SUBJECT_TYPE_USER);
  ValidateScopes(grant, validator);
  if (absl::Status status = validator.status(); !status.ok()) return status;
  if (grant.client().empty()) return absl::OkStatus();
  absl::StatusOr<rpc::ClientName> client = rpc::ParseClientName("client_grant.client", grant.client());
  if (!client.ok()) return client.status();
  return client->tenant == tenant ? absl::OkStatus()
                                  : errors::ResourceNameInvalid("client_grant.client", grant.client(),
                                                                fmt::format("tenants/{}/clients/{{client}}", tenant));
}

absl::StatusOr<v1::ResourceServer> RequireAudience(Transaction& transaction, std::string_view tenant,
                                                   std::string_view audience) {
  storage::MaybeStored<ResourceServerRecord> found = storage::FindResourceServer(transaction, tenant, audience);
  if (!found.ok()) return errors::FromStore(found.status());
  if (!found->has_value()) return errors::ResourceServerNotFound(audience);
  return std::move(*(*found)->record.mutable_resource_server());
}

absl::Status CheckScopesExist(const v1::ClientGrant& grant, const v1::ResourceServer& api) {
  std::set<std::string_view> known;
  for (const v1::ResourceServerScope& scope : api.scopes()) known.insert(scope.value());
  for (const std::string& scope : grant.scopes()) {
    if (!known.contains(scope)) return errors::ScopeUnknown(scope, api.identifier());
  }
  return absl::OkStatus();
}

template <typename Source>
absl::StatusOr<StoredGrant> RequireGrant(Source& source, const rpc::ChildName& name) {
  if (absl::Status status = RequireTenant(source, name.tenant).status(); !status.ok()) return status;
  storage::MaybeStored<ClientGrantRecord> found = storage::FindClientGrantById(source, name.tenant, name.id);
  if (!found.ok()) return errors::FromStore(found.status());
  if (!found->has_value()) {
    return errors::ClientGrantNotFound(rpc::MakeChildName(name.tenant, rpc::kClientGrants, name.id));
  }
  return **std::move(found);
}

}  // namespace

absl::StatusOr<v1::ClientGrant> ClientGrantHandlers::CreateClientGrant(
    RequestContext& call, const v1::CreateClientGrantRequest& request) const {
  absl::StatusOr<std::string> tenant = rpc::ParseTenantName("parent", request.parent());
  if (!tenant.ok()) return tenant.status();
  ClientGrantRecord record;
  v1::ClientGrant& grant = *record.mutable_client_grant();
  grant = request.client_grant();
  if (grant.subject_type() == v1::SUBJECT_TYPE_UNSPECIFIED) grant.set_subject_type(v1::SUBJECT_TYPE_CLIENT);
  if (absl::Status status = Validate(grant, *tenant); !status.ok()) return status;
  grant.set_name(rpc::MakeChildName(*tenant, rpc::kClientGrants, "cgr_" + crypto::RandomAlphanumeric(kIdLength)));
  grant.clear_etag();
  ToProto(call.now, *grant.mutable_create_time());
  ToProto(call.now, *grant.mutable_update_time());
  return mutations_.Run<v1::ClientGrant>(
      call, request, [&](Transaction& transaction, v1::ClientGrant& response) -> absl::StatusOr<ResourceChange> {
        if (auto found = RequireTenant(transaction, *tenant); !found.ok()) return found.status();
        absl::StatusOr<v1::ResourceServer> api = RequireAudience(transaction, *tenant, grant.audience());
        if (!api.ok()) return api.status();
        const std::string client(ClientIdOf(grant));
        if (!client.empty()) {
          if (auto found = RequireClient(transaction, {*tenant, client}); !found.ok()) return found.status();
        }
        if (absl::Status status = CheckScopesExist(grant, *api); !status.ok()) return status;
        record.set_resource_server(std::string(rpc::IdOfName(api->name())));
        auto existing =
            storage::FindClientGrant(transaction, *tenant, record.resource_server(), client, grant.subject_type());
        if (!existing.ok()) return errors::FromStore(existing.status());
        if (existing->has_value()) return errors::ClientGrantExists((*existing)->record.client_grant().name());
        storage::PutClientGrant(transaction, *tenant, record);
        response = grant;
        return ResourceChange{.resource = response.name()};
      });
}

absl::StatusOr<v1::ClientGrant> ClientGrantHandlers::GetClientGrant(RequestContext&,
                                                                    const v1::GetClientGrantRequest& request) const {
  absl::StatusOr<rpc::ChildName> name = rpc::ParseChildName("name", rpc::kClientGrants, request.name());
  if (!name.ok()) return name.status();
  absl::StatusOr<StoredGrant> stored = RequireGrant(store_, *name);
  if (!stored.ok()) return stored.status();
  return storage::ServedClientGrant(*std::move(stored));
}

absl::StatusOr<v1::ListClientGrantsResponse> ClientGrantHandlers::ListClientGrants(
    RequestContext& call, const v1::ListClientGrantsRequest& request) const {
  absl::StatusOr<std::string> tenant = rpc::ParseTenantName("parent", request.parent());
  if (!tenant.ok()) return tenant.status();
  if (auto found = RequireTenant(store_, *tenant); !found.ok()) return found.status();
  v1::ListClientGrantsResponse response;
  // The narrowest key range that holds all matches.
  storage::KeyRange range = storage::keys::All(*tenant, storage::keys::Kind::kClientGrant);
  if (!request.client().empty()) {
    absl::StatusOr<rpc::ClientName> client = rpc::ParseClientName("client", request.client());
    if (!client.ok()) return client.status();
    range = storage::keys::AllOf(*tenant, storage::keys::Kind::kClientGrantByClient, client->client);
  } else if (!request.audience().empty()) {
    auto api = storage::FindResourceServer(store_, *tenant, request.audience());
    if (!api.ok()) return errors::FromStore(api.status());
    if (!api->has_value()) return response;
    const std::string& name = (*api)->record.resource_server().name();
    range = storage::keys::AllOf(*tenant, storage::keys::Kind::kClientGrant, rpc::IdOfName(name));
  }
  absl::Status listed = ListRecords<ClientGrantRecord>(
      store_, call, range, request, response,
      [&](const StoredGrant& stored) {
        const v1::ClientGrant& grant = stored.record.client_grant();
        return (request.client().empty() || request.client() == grant.client()) &&
               (request.audience().empty() || request.audience() == grant.audience()) &&
               (request.subject_type() == v1::SUBJECT_TYPE_UNSPECIFIED ||
                request.subject_type() == grant.subject_type()) &&
               (request.default_for() == v1::DEFAULT_FOR_UNSPECIFIED || request.default_for() == grant.default_for());
      },
      [&](StoredGrant&& stored, const ListedEntry&) {
        *response.add_client_grants() = storage::ServedClientGrant(std::move(stored));
        return absl::OkStatus();
      });
  if (!listed.ok()) return listed;
  return response;
}

absl::StatusOr<v1::ClientGrant> ClientGrantHandlers::UpdateClientGrant(
    RequestContext& call, const v1::UpdateClientGrantRequest& request) const {
  absl::StatusOr<rpc::ChildName> name =
      rpc::ParseChildName("client_grant.name", rpc::kClientGrants, request.client_grant().name());
  if (!name.ok()) return name.status();
  return mutations_.Run<v1::ClientGrant>(
      call, request, [&](Transaction& transaction, v1::ClientGrant& response) -> absl::StatusOr<ResourceChange> {
        absl::StatusOr<StoredGrant> stored = RequireGrant(transaction, *name);
        if (!stored.ok()) return stored.status();
        if (absl::Status status =
                CheckEtag(stored->record.client_grant().name(), stored->revision, request.client_grant().etag());
            !status.ok())
          return status;
        v1::ClientGrant& grant = *stored->record.mutable_client_grant();
        absl::Status applied = rpc::ApplyFieldMask(request.update_mask(), kEditable, request.client_grant(), grant);
        if (!applied.ok()) return applied;
        RequestValidator validator;
        ValidateScopes(grant, validator);
        if (absl::Status status = validator.status(); !status.ok()) return status;
        absl::StatusOr<v1::ResourceServer> api = RequireAudience(transaction, name->tenant, grant.audience());
        if (!api.ok()) return api.status();
        if (absl::Status status = CheckScopesExist(grant, *api); !status.ok()) return status;
        ToProto(call.now, *grant.mutable_update_time());
        storage::PutClientGrant(transaction, name->tenant, stored->record);
        response = std::move(grant);
        return ResourceChange{.resource = response.name()};
      });
}

absl::StatusOr<v1::DeleteClientGrantResponse> ClientGrantHandlers::DeleteClientGrant(
    RequestContext& call, const v1::DeleteClientGrantRequest& request) const {
  absl::StatusOr<rpc::ChildName> name = rpc::ParseChildName("name", rpc::kClientGrants, request.name());
  if (!name.ok()) return name.status();
  return mutations_.Run<v1::DeleteClientGrantResponse>(
      call, request, [&](Transaction& transaction, v1::DeleteClientGrantResponse&) -> absl::StatusOr<ResourceChange> {
        absl::StatusOr<StoredGrant> stored = RequireGrant(transaction, *name);
        if (!stored.ok()) return stored.status();
        if (absl::Status status = CheckEtag(stored->record.client_grant().name(), stored->revision, request.etag());
            !status.ok())
          return status;
        storage::DeleteClientGrant(transaction, name->tenant, stored->record);
        return ResourceChange{.resource = request.name()};
      });
}

absl::Status ClientGrantHandlers::WatchClientGrants(RequestContext&, const v1::WatchClientGrantsRequest& request,
                                                    const std::shared_ptr<rpc::Stream>& stream) const {
  return WatchTenant(store_, hub_, ClientGrantTopic(), request, stream);
}

}  // namespace cimd::services
