#include "server/services/grants/resource_servers.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "fmt/format.h"
#include "server/crypto/random.h"
#include "server/errors/errors.h"
#include "server/resources/etag.h"
#include "server/resources/listing.h"
#include "server/resources/tenants.h"
#include "server/rpc/field_mask.h"
#include "server/rpc/proto_time.h"
#include "server/rpc/request_validator.h"
#include "server/rpc/resource_name.h"
#include "storage/repositories/grant_repository.h"

namespace cimd::services {
namespace {

namespace errors = rpc::errors;
using rpc::RequestContext;
using storage::ClientGrantRecord;
using storage::ResourceServerRecord;
using storage::Transaction;
using StoredApi = storage::Stored<ResourceServerRecord>;

constexpr size_t kIdLength = 24;
constexpr size_t kMaxIdentifierCharacters = 600;
constexpr size_t kMaxScopes = 1000;
constexpr int kMaxTokenLifetimeSeconds = 2592000;
constexpr std::string_view kEditable[] = {"display_name", "scopes", "subject_type_authorization",
                                          "allow_offline_access", "token_lifetime_seconds"};

void FillDefaults(v1::ResourceServer& api) {
  v1::SubjectTypeAuthorization& policies = *api.mutable_subject_type_authorization();
  if (policies.user() == v1::ACCESS_POLICY_UNSPECIFIED) policies.set_user(v1::ACCESS_POLICY_ALLOW_ALL);
  if (policies.client() == v1::ACCESS_POLICY_UNSPECIFIED) policies.set_client(v1::ACCESS_POLICY_REQUIRE_CLIENT_GRANT);
  if (api.token_lifetime_seconds() == 0) api.set_token_lifetime_seconds(86400);
}

// A scope-token (RFC 6749 section 3.3).
bool IsScope(std::string_view scope) {
  return !scope.empty() && std::all_of(scope.begin(), scope.end(),
                                       [](char c) { return absl::ascii_isgraph(c) && c != '"' && c != '\\'; });
}

void ValidateScopes(const v1::ResourceServer& api, RequestValidator& validator) {
  validator.MaxElements("resource_server.scopes", api.scopes_size(), kMaxScopes);
  std::set<std::string_view> seen;
  for (int i = 0; i < api.scopes_size(); ++i) {
    const std::string field = fmt::format("resource_server.scopes[{}]", i);
    const v1::ResourceServerScope& scope = api.scopes(i);
    validator.MaxCharacters(field + ".value", scope.value(), 280);
    validator.MaxCharacters(field + ".description", scope.description(), 500);
    if (!IsScope(scope.value())) {
      validator.Add(field + ".value", "FORMAT", "must be printable ASCII without blanks, quotes and backslashes");
    }
    if (!seen.insert(scope.value()).second) validator.Add(field + ".value", "DUPLICATE", "stands in the list before");
  }
}

void Validate(const v1::ResourceServer& api, RequestValidator& validator) {
  validator.Require("resource_server.identifier", !api.identifier().empty());
  validator.MaxCharacters("resource_server.identifier", api.identifier(), kMaxIdentifierCharacters);
  if (std::any_of(api.identifier().begin(), api.identifier().end(), absl::ascii_iscntrl)) {
    validator.Add("resource_server.identifier", "FORMAT", "must not have control characters");
  }
  validator.MaxCharacters("resource_server.display_name", api.display_name(), 200);
  if (api.display_name().find_first_of("<>") != std::string::npos) {
    validator.Add("resource_server.display_name", "FORMAT", "must not have < or >");
  }
  ValidateScopes(api, validator);
  const v1::SubjectTypeAuthorization& policies = api.subject_type_authorization();
  validator.InRange("resource_server.subject_type_authorization.user", policies.user(), v1::ACCESS_POLICY_ALLOW_ALL,
                    v1::ACCESS_POLICY_DENY_ALL);
  validator.InRange("resource_server.subject_type_authorization.client", policies.client(),
                    v1::ACCESS_POLICY_REQUIRE_CLIENT_GRANT, v1::ACCESS_POLICY_DENY_ALL);
  validator.InRange("resource_server.token_lifetime_seconds", api.token_lifetime_seconds(), 1,
                    kMaxTokenLifetimeSeconds);
}

template <typename Source>
absl::StatusOr<StoredApi> RequireApi(Source& source, const rpc::ChildName& name) {
  if (absl::Status status = RequireTenant(source, name.tenant).status(); !status.ok()) return status;
  storage::MaybeStored<ResourceServerRecord> found = storage::FindResourceServerById(source, name.tenant, name.id);
  if (!found.ok()) return errors::FromStore(found.status());
  if (!found->has_value()) {
    return errors::ResourceServerNotFound(rpc::MakeChildName(name.tenant, rpc::kResourceServers, name.id));
  }
  return **std::move(found);
}

// SCOPE_IN_USE when a grant names a removed scope: adding the scope again later would silently restore it in the grant.
absl::Status CheckRemovedScopes(Transaction& transaction, const rpc::ChildName& name, const v1::ResourceServer& before,
                                const v1::ResourceServer& after) {
  constexpr int kPerScan = 500;
  std::set<std::string_view> removed;
  for (const auto& scope : before.scopes()) removed.insert(scope.value());
  for (const auto& scope : after.scopes()) removed.erase(scope.value());
  if (removed.empty()) return absl::OkStatus();
  storage::KeyRange rest = storage::keys::AllOf(name.tenant, storage::keys::Kind::kClientGrant, name.id);
  while (true) {
    absl::StatusOr<std::vector<storage::Entry>> entries = transaction.Scan(rest, kPerScan);
    if (!entries.ok()) return errors::FromStore(entries.status());
    for (const storage::Entry& entry : *entries) {
      ClientGrantRecord record;
      if (absl::Status status = storage::ParseRecord(entry.value, record); !status.ok())
        return errors::FromStore(status);
      for (const std::string& scope : record.client_grant().scopes()) {
        if (removed.contains(scope)) return errors::ScopeInUse(scope, record.client_grant().name());
      }
    }
    if (entries->size() < kPerScan) return absl::OkStatus();
    rest.begin = entries->back().key + '\0';
  }
}

}  // namespace

absl::StatusOr<v1::ResourceServer> ResourceServerHandlers::CreateResourceServer(
    RequestContext& call, const v1::CreateResourceServerRequest& request) const {
  absl::StatusOr<std::string> tenant = rpc::ParseTenantName("parent", request.parent());
  if (!tenant.ok()) return tenant.status();
  ResourceServerRecord record;
  v1::ResourceServer& api = *record.mutable_resource_server();
  api = request.resource_server();
  FillDefaults(api);
  RequestValidator validator;
  Validate(api, validator);
  if (absl::Status status = validator.status(); !status.ok()) return status;
  api.set_name(rpc::MakeChildName(*tenant, rpc::kResourceServers, crypto::RandomAlphanumeric(kIdLength)));
  api.clear_etag();
  ToProto(call.now, *api.mutable_create_time());
  ToProto(call.now, *api.mutable_update_time());
  return mutations_.Run<v1::ResourceServer>(
      call, request, [&](Transaction& transaction, v1::ResourceServer& response) -> absl::StatusOr<ResourceChange> {
        if (auto found = RequireTenant(transaction, *tenant); !found.ok()) return found.status();
        auto existing = storage::FindResourceServer(transaction, *tenant, api.identifier());
        if (!existing.ok()) return errors::FromStore(existing.status());
        if (existing->has_value()) return errors::ResourceServerExists(api.identifier());
        storage::PutResourceServer(transaction, *tenant, record);
        response = api;
        return ResourceChange{.resource = response.name()};
      });
}

absl::StatusOr<v1::ResourceServer> ResourceServerHandlers::GetResourceServer(
    RequestContext&, const v1::GetResourceServerRequest& request) const {
  absl::StatusOr<rpc::ChildName> name = rpc::ParseChildName("name", rpc::kResourceServers, request.name());
  if (!name.ok()) return name.status();
  absl::StatusOr<StoredApi> stored = RequireApi(store_, *name);
  if (!stored.ok()) return stored.status();
  return storage::ServedResourceServer(*std::move(stored));
}

absl::StatusOr<v1::ResourceServer> ResourceServerHandlers::LookupResourceServer(
    RequestContext&, const v1::LookupResourceServerRequest& request) const {
  absl::StatusOr<std::string> tenant = rpc::ParseTenantName("parent", request.parent());
  if (!tenant.ok()) return tenant.status();
  if (absl::Status status = RequireTenant(store_, *tenant).status(); !status.ok()) return status;
  auto found = storage::FindResourceServer(store_, *tenant, request.identifier());
  if (!found.ok()) return errors::FromStore(found.status());
  if (!found->has_value()) return errors::ResourceServerNotFound(request.identifier());
  return storage::ServedResourceServer(**std::move(found));
}

absl::StatusOr<v1::ListResourceServersResponse> ResourceServerHandlers::ListResourceServers(
    RequestContext& call, const v1::ListResourceServersRequest& request) const {
  absl::StatusOr<std::string> tenant = rpc::ParseTenantName("parent", request.parent());
  if (!tenant.ok()) return tenant.status();
  RequestValidator validator;
  validator.MaxElements("identifiers", request.identifiers_size(), 10);
  if (absl::Status status = validator.status(); !status.ok()) return status;
  if (auto found = RequireTenant(store_, *tenant); !found.ok()) return found.status();
  const std::set<std::string_view> wanted(request.identifiers().begin(), request.identifiers().end());
  v1::ListResourceServersResponse response;
  absl::Status listed = ListRecords<ResourceServerRecord>(
      store_, call, storage::keys::All(*tenant, storage::keys::Kind::kResourceServer), request, response,
      [&](const StoredApi& stored) {
        return wanted.empty() || wanted.contains(stored.record.resource_server().identifier());
      },
      [&](StoredApi&& stored, const ListedEntry&) {
        *response.add_resource_servers() = storage::ServedResourceServer(std::move(stored));
        return absl::OkStatus();
      });
  if (!listed.ok()) return listed;
  return response;
}

absl::StatusOr<v1::ResourceServer> ResourceServerHandlers::UpdateResourceServer(
    RequestContext& call, const v1::UpdateResourceServerRequest& request) const {
  absl::StatusOr<rpc::ChildName> name =
      rpc::ParseChildName("resource_server.name", rpc::kResourceServers, request.resource_server().name());
  if (!name.ok()) return name.status();
  return mutations_.Run<v1::ResourceServer>(
      call, request, [&](Transaction& transaction, v1::ResourceServer& response) -> absl::StatusOr<ResourceChange> {
        absl::StatusOr<StoredApi> stored = RequireApi(transaction, *name);
        if (!stored.ok()) return stored.status();
        if (absl::Status status =
                CheckEtag(stored->record.resource_server().name(), stored->revision, request.resource_server().etag());
            !status.ok())
          return status;
        const v1::ResourceServer before = stored->record.resource_server();
        v1::ResourceServer& api = *stored->record.mutable_resource_server();
        absl::Status applied = rpc::ApplyFieldMask(request.update_mask(), kEditable, request.resource_server(), api);
        if (!applied.ok()) return applied;
        FillDefaults(api);
        RequestValidator validator;
        Validate(api, validator);
        if (absl::Status status = validator.status(); !status.ok()) return status;
        if (absl::Status status = CheckRemovedScopes(transaction, *name, before, api); !status.ok()) return status;
        ToProto(call.now, *api.mutable_update_time());
        storage::PutResourceServer(transaction, name->tenant, stored->record);
        response = std::move(api);
        return ResourceChange{.resource = response.name()};
      });
}

absl::StatusOr<v1::DeleteResourceServerResponse> ResourceServerHandlers::DeleteResourceServer(
    RequestContext& call, const v1::DeleteResourceServerRequest& request) const {
  absl::StatusOr<rpc::ChildName> name = rpc::ParseChildName("name", rpc::kResourceServers, request.name());
  if (!name.ok()) return name.status();
  auto response = mutations_.Run<v1::DeleteResourceServerResponse>(
      call, request,
      [&](Transaction& transaction, v1::DeleteResourceServerResponse&) -> absl::StatusOr<ResourceChange> {
        absl::StatusOr<StoredApi> stored = RequireApi(transaction, *name);
        if (!stored.ok()) return stored.status();
        if (absl::Status status = CheckEtag(stored->record.resource_server().name(), stored->revision, request.etag());
            !status.ok())
          return status;
        absl::StatusOr<int64_t> grants = storage::CountGrantsOfResourceServer(transaction, name->tenant, name->id);
        if (!grants.ok()) return errors::FromStore(grants.status());
        if (*grants > 0 && !request.force()) return errors::ResourceServerInUse(request.name(), *grants);
        storage::DeleteResourceServer(transaction, name->tenant, stored->record);
        return ResourceChange{.resource = request.name()};
      });
  if (response.ok()) purge_scheduled_();
  return response;
}

}  // namespace cimd::services
