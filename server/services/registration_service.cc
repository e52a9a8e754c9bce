#include "server/services/registration_service.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "server/assertions/client_keys.h"
#include "server/errors/errors.h"
#include "server/resources/client_documents.h"
#include "server/resources/client_settings.h"
#include "server/resources/clients.h"
#include "server/resources/listing.h"
#include "server/resources/tenants.h"
#include "server/rpc/field_mask.h"
#include "server/rpc/proto_time.h"
#include "server/rpc/request_validator.h"
#include "server/rpc/resource_name.h"
#include "server/services/document_target.h"
#include "server/services/watches.h"
#include "storage/repositories/client_bytes.h"
#include "storage/repositories/client_repository.h"
#include "storage/repositories/grant_repository.h"

namespace cimd::services {
namespace {

namespace errors = rpc::errors;
using rpc::RequestContext;
using storage::ClientRecord;
using storage::Transaction;

constexpr size_t kMaxBlockReasonCharacters = 500;

// Checks only that there is a URL. Its form depends on the tenant's document profile.
void ValidateUrl(std::string_view url, RequestValidator& validator) {
  validator.Require("external_client_id", !url.empty());
}

// Marks a registered client as blocked or not, and writes it.
void SetState(Transaction& transaction, const RequestContext& call, StoredClient& stored, v1::ClientState state,
              std::string_view reason) {
  v1::Client& client = *stored.record.mutable_client();
  client.set_state(state);
  client.set_block_reason(std::string(reason));
  ToProto(call.now, *client.mutable_update_time());
  storage::PutClient(transaction, call.tenant, stored.record);
}

// Whether a client matches the filters of the request. Parses the record only when a filter needs it.
absl::StatusOr<bool> Matches(const v1::ListClientsRequest& request, std::string_view record) {
  const auto& types = request.app_types();
  if (request.state() == v1::CLIENT_STATE_UNSPECIFIED && types.empty()) return true;
  ClientRecord parsed;
  if (absl::Status status = storage::ParseRecord(record, parsed); !status.ok()) return status;
  const v1::Client& client = parsed.client();
  return (request.state() == v1::CLIENT_STATE_UNSPECIFIED || request.state() == client.state()) &&
         (types.empty() || std::find(types.begin(), types.end(), client.metadata().app_type()) != types.end());
}

}  // namespace

absl::StatusOr<v1::PreviewClientResponse> RegistrationHandlers::PreviewClient(
    RequestContext& call, const v1::PreviewClientRequest& request) const {
  absl::StatusOr<DocumentTarget> target =
      FindDocumentTarget(store_, resolver_, call, request.parent(), request.external_client_id(),
                         /*expected_sha256=*/"");
  if (!target.ok()) return target.status();
  v1::PreviewClientResponse response;
  auto block = storage::FindClientBlock(store_, call.tenant, request.external_client_id());
  if (!block.ok()) return errors::FromStore(block.status());
  response.set_blocked(block->has_value());
  if (target->client.has_value()) response.set_client(target->client->record.client().name());

  metadata::ResolvedDocument resolved = ResolveTarget(resolver_, call, *target, request);
  if (resolved.failure.has_value()) {
    *response.mutable_fetch_failure() = *std::move(resolved.failure);
    return response;
  }
  if (target->client.has_value()) {
    *response.mutable_diff() = DiffFrom(target->client->record.client(), target->in_force.body(), resolved);
  }
  absl::Status previewed = PreviewKeys(store_, key_resolver_, call, *target, resolved, response);
  if (!previewed.ok()) return previewed;
  if (resolved.report.metadata.has_value()) *response.mutable_metadata() = *std::move(resolved.report.metadata);
  response.set_document_sha256(resolved.document.document_sha256());
  response.set_document(std::move(*resolved.document.mutable_body()));
  return response;
}

absl::StatusOr<v1::RegisterClientResponse> RegistrationHandlers::RegisterClient(
    RequestContext& call, const v1::RegisterClientRequest& request) const {
  auto replayed = mutations_.Replay<v1::RegisterClientResponse>(call, request);
  if (!replayed.ok()) return replayed.status();
  if (replayed->has_value()) return **std::move(replayed);
  absl::StatusOr<DocumentTarget> target = FindDocumentTarget(
      store_, resolver_, call, request.parent(), request.external_client_id(), request.expected_document_sha256());
  if (!target.ok()) return target.status();
  if (absl::Status status = CheckNotBlocked(store_, call.tenant, target->url); !status.ok()) return status;
  metadata::ResolvedDocument resolved = ResolveTarget(resolver_, call, *target, request);
  if (absl::Status status = CheckApplicable(resolved, target->url, request.expected_document_sha256()); !status.ok()) {
    return status;
  }
  absl::StatusOr<std::optional<metadata::ResolvedKeySet>> keys =
      ResolveTargetKeys(store_, key_resolver_, call, *target, resolved);
  if (!keys.ok()) return keys.status();
  if (absl::Status status = CheckKeysRead(*keys, *target); !status.ok()) return status;
  const ClientRecord fresh = NewClient(call.tenant, target->url, call.now);

  return mutations_.Run<v1::RegisterClientResponse>(
      call, request,
      [&](Transaction& transaction, v1::RegisterClientResponse& response) -> absl::StatusOr<ResourceChange> {
        if (absl::Status status = RecheckTenantUnchanged(transaction, call, *target); !status.ok()) return status;
        if (absl::Status status = CheckNotBlocked(transaction, call.tenant, target->url); !status.ok()) return status;
        auto found = storage::FindClientByUrl(transaction, call.tenant, target->url);
        if (!found.ok()) return errors::FromStore(found.status());
        response.set_created(!found->has_value());
        StoredClient stored = found->value_or(StoredClient{.record = fresh});
        if (stored.record.client().pinned()) {
          return errors::ClientPinned(stored.record.client().name(), stored.record.client().document_version());
        }
        if (IsStale(*target, resolved, stored.record.client())) return errors::Contention();
        const rpc::ClientName name{call.tenant, std::string(ClientIdOf(stored.record.client()))};
        absl::StatusOr<KeysUpdate> update =
            PutKeys(transaction, name, *keys, IsKeyRefreshAutomatic(target->tenant), call.now);
        if (!update.ok()) return update.status();
        *response.mutable_validation() = resolved.report.validation;
        AddTo(*update, *response.mutable_validation());
        if (!response.validation().valid()) {
          return errors::DocumentInvalid(target->url, resolved.document.document_sha256(), response.validation());
        }
        *response.mutable_keys() = update->record.client_keys().keys();
        if (found->has_value()) {
          *response.mutable_diff() = DiffFrom(stored.record.client(), target->in_force.body(), resolved);
          AddTo(*update, *response.mutable_diff());
        }
        absl::StatusOr<bool> changed =
            ActivateDocument(transaction, {call.tenant, call.caller.id, call.now}, resolved, stored.record);
        if (!changed.ok()) return changed.status();
        ResourceChange change;
        if (*changed || !update->changes.empty()) {
          change = {.resource = stored.record.client().name(), .field_changes = response.diff().changes()};
        }
        if (!*changed) {
          *response.mutable_client() = storage::ServedClient(std::move(stored));
          return change;
        }
        storage::PutClient(transaction, call.tenant, stored.record);
        *response.mutable_client() = std::move(*stored.record.mutable_client());
        return change;
      });
}

absl::StatusOr<v1::Client> RegistrationHandlers::GetClient(RequestContext&, const v1::GetClientRequest& request) const {
  absl::StatusOr<rpc::ClientName> name = rpc::ParseClientName("name", request.name());
  if (!name.ok()) return name.status();
  absl::StatusOr<StoredClient> stored = RequireClient(store_, *name);
  if (!stored.ok()) return stored.status();
  storage::MaybeStored<storage::RefreshFailureRecord> failure =
      storage::FindRefreshFailure(store_, name->tenant, name->client);
  if (!failure.ok()) return errors::FromStore(failure.status());
  v1::Client client = storage::ServedClient(*std::move(stored));
  if (failure->has_value()) *client.mutable_refresh_failure() = std::move(*(*failure)->record.mutable_failure());
  return client;
}

absl::StatusOr<grpc::ByteBuffer> RegistrationHandlers::LookupClient(RequestContext&,
                                                                    const v1::LookupClientRequest& request) const {
  absl::StatusOr<std::string> tenant = rpc::ParseTenantName("parent", request.parent());
  if (!tenant.ok()) return tenant.status();
  if (absl::Status status = tenant_gate_.Check(*tenant); !status.ok()) return status;
  auto found = storage::FindClientBytes(store_, *tenant, request.external_client_id());
  if (!found.ok()) return errors::FromStore(found.status());
  if (!found->has_value()) return errors::ClientUrlNotFound(request.external_client_id());
  const grpc::Slice bytes(**found);
  return grpc::ByteBuffer(&bytes, 1);
}

absl::StatusOr<grpc::ByteBuffer> RegistrationHandlers::ListClients(RequestContext& call,
                                                                   const v1::ListClientsRequest& request) const {
  absl::StatusOr<std::string> tenant = rpc::ParseTenantName("parent", request.parent());
  if (!tenant.ok()) return tenant.status();
  if (absl::StatusOr<v1::Tenant> found = RequireTenant(store_, *tenant); !found.ok()) return found.status();
  storage::KeyRange range = storage::keys::All(*tenant, storage::keys::Kind::kClient);
  if (!request.external_client_id().empty()) {
    range = storage::PrefixRange(storage::keys::Client(*tenant, request.external_client_id()));
  }
  // The serialized clients, one after the other, followed by the other fields of the response.
  std::string clients;
  v1::ListClientsResponse rest;
  absl::Status listed = ListEntries<ClientRecord>(
      store_, call, range, request, rest, [&](const ListedEntry& entry, bool wanted) -> absl::StatusOr<bool> {
        absl::StatusOr<bool> matches = Matches(request, entry.value);
        if (!matches.ok() || !*matches || !wanted) return matches;
        absl::Status appended = storage::AppendClientField(entry.value, entry.revision,
                                                           v1::ListClientsResponse::kClientsFieldNumber, clients);
        if (!appended.ok()) return appended;
        return true;
      });
  if (!listed.ok()) return listed;
  rest.AppendToString(&clients);
  const grpc::Slice bytes(clients);
  return grpc::ByteBuffer(&bytes, 1);
}

absl::StatusOr<v1::Client> RegistrationHandlers::UpdateClient(RequestContext& call,
                                                              const v1::UpdateClientRequest& request) const {
  absl::StatusOr<rpc::ClientName> name = rpc::ParseClientName("client.name", request.client().name());
  if (!name.ok()) return name.status();
  return mutations_.Run<v1::Client>(
      call, request, [&](Transaction& transaction, v1::Client& response) -> absl::StatusOr<ResourceChange> {
        absl::StatusOr<StoredClient> stored = RequireClient(transaction, *name);
        if (!stored.ok()) return stored.status();
        if (absl::Status status = CheckEtag(*stored, request.client().etag()); !status.ok()) return status;
        v1::Client& client = *stored->record.mutable_client();
        absl::Status applied =
            rpc::ApplyFieldMask(request.update_mask(), EditableClientFields(), request.client(), client);
        if (!applied.ok()) return applied;
        FillClientDefaults(client);
        RequestValidator validator;
        ValidateEditableFields(client, validator);
        if (absl::Status status = validator.status(); !status.ok()) return status;
        ToProto(call.now, *client.mutable_update_time());
        storage::PutClient(transaction, call.tenant, stored->record);
        response = std::move(client);
        return ResourceChange{.resource = response.name()};
      });
}

absl::StatusOr<v1::DeleteClientResponse> RegistrationHandlers::DeleteClient(
    RequestContext& call, const v1::DeleteClientRequest& request) const {
  absl::StatusOr<rpc::ClientName> name = rpc::ParseClientName("name", request.name());
  if (!name.ok()) return name.status();
  absl::StatusOr<v1::DeleteClientResponse> response = mutations_.Run<v1::DeleteClientResponse>(
      call, request, [&](Transaction& transaction, v1::DeleteClientResponse&) -> absl::StatusOr<ResourceChange> {
        absl::StatusOr<StoredClient> stored = RequireClient(transaction, *name);
        if (!stored.ok()) return stored.status();
        if (absl::Status status = CheckEtag(*stored, request.etag()); !status.ok()) return status;
        absl::StatusOr<int64_t> grants = storage::CountGrantsOfClient(transaction, name->tenant, name->client);
        if (!grants.ok()) return errors::FromStore(grants.status());
        if (*grants > 0 && !request.force()) return errors::ClientInUse(request.name(), *grants);
        storage::DeleteClient(transaction, call.tenant, stored->record);
        return ResourceChange{.resource = request.name()};
      });
  if (response.ok()) purge_scheduled_();
  return response;
}

absl::StatusOr<v1::ClientBlock> RegistrationHandlers::BlockClient(RequestContext& call,
                                                                  const v1::BlockClientRequest& request) const {
  absl::StatusOr<std::string> tenant = rpc::ParseTenantName("parent", request.parent());
  if (!tenant.ok()) return tenant.status();
  RequestValidator validator;
  ValidateUrl(request.external_client_id(), validator);
  validator.MaxCharacters("reason", request.reason(), kMaxBlockReasonCharacters);
  if (absl::Status status = validator.status(); !status.ok()) return status;
  return mutations_.Run<v1::ClientBlock>(
      call, request, [&](Transaction& transaction, v1::ClientBlock& response) -> absl::StatusOr<ResourceChange> {
        absl::StatusOr<v1::Tenant> settings = RequireTenant(transaction, *tenant);
        if (!settings.ok()) return settings.status();
        storage::MaybeStored<ClientRecord> found =
            storage::FindClientByUrl(transaction, *tenant, request.external_client_id());
        if (!found.ok()) return errors::FromStore(found.status());
        if (found->has_value()) {
          SetState(transaction, call, **found, v1::CLIENT_STATE_BLOCKED, request.reason());
          response.set_client((*found)->record.client().name());
        } else if (absl::Status status = CheckUrl(resolver_, request.external_client_id(), *settings); !status.ok()) {
          return status;
        }
        storage::ClientBlockRecord block;
        block.mutable_block()->set_external_client_id(request.external_client_id());
        block.mutable_block()->set_reason(request.reason());
        block.mutable_block()->set_created_by(call.caller.id);
        ToProto(call.now, *block.mutable_block()->mutable_create_time());
        storage::PutRecord(transaction, storage::keys::ClientBlock(*tenant, request.external_client_id()), block);
        const std::string client = response.client();
        response = block.block();
        response.set_client(client);
        return ResourceChange{.resource = client.empty() ? request.external_client_id() : client};
      });
}

absl::StatusOr<v1::UnblockClientResponse> RegistrationHandlers::UnblockClient(
    RequestContext& call, const v1::UnblockClientRequest& request) const {
  absl::StatusOr<std::string> tenant = rpc::ParseTenantName("parent", request.parent());
  if (!tenant.ok()) return tenant.status();
  RequestValidator validator;
  ValidateUrl(request.external_client_id(), validator);
  if (absl::Status status = validator.status(); !status.ok()) return status;
  return mutations_.Run<v1::UnblockClientResponse>(
      call, request,
      [&](Transaction& transaction, v1::UnblockClientResponse& response) -> absl::StatusOr<ResourceChange> {
        if (auto settings = RequireTenant(transaction, *tenant); !settings.ok()) return settings.status();
        auto block = storage::FindClientBlock(transaction, *tenant, request.external_client_id());
        if (!block.ok()) return errors::FromStore(block.status());
        if (!block->has_value()) return errors::BlockNotFound(request.external_client_id());
        transaction.Delete(storage::keys::ClientBlock(*tenant, request.external_client_id()));
        storage::MaybeStored<ClientRecord> found =
            storage::FindClientByUrl(transaction, *tenant, request.external_client_id());
        if (!found.ok()) return errors::FromStore(found.status());
        if (found->has_value()) {
          SetState(transaction, call, **found, v1::CLIENT_STATE_ACTIVE, "");
          *response.mutable_client() = std::move(*(*found)->record.mutable_client());
        }
        return ResourceChange{.resource =
                                  response.has_client() ? response.client().name() : request.external_client_id()};
      });
}

absl::StatusOr<v1::ListClientBlocksResponse> RegistrationHandlers::ListClientBlocks(
    RequestContext& call, const v1::ListClientBlocksRequest& request) const {
  absl::StatusOr<std::string> tenant = rpc::ParseTenantName("parent", request.parent());
  if (!tenant.ok()) return tenant.status();
  if (absl::StatusOr<v1::Tenant> found = RequireTenant(store_, *tenant); !found.ok()) return found.status();
  v1::ListClientBlocksResponse response;
  absl::Status listed = ListRecords<storage::ClientBlockRecord>(
      store_, call, storage::keys::All(*tenant, storage::keys::Kind::kClientBlock), request, response,
      [](const auto&) { return true; },
      [&](storage::Stored<storage::ClientBlockRecord>&& stored, const ListedEntry& entry) {
        v1::ClientBlock& block = *response.add_blocks();
        block = std::move(*stored.record.mutable_block());
        storage::MaybeStored<ClientRecord> client =
            storage::FindClientByUrl(entry.snapshot, *tenant, block.external_client_id());
        if (!client.ok()) return errors::FromStore(client.status());
        if (client->has_value()) block.set_client((*client)->record.client().name());
        return absl::OkStatus();
      });
  if (!listed.ok()) return listed;
  return response;
}

absl::Status RegistrationHandlers::WatchClients(RequestContext&, const v1::WatchClientsRequest& request,
                                                const std::shared_ptr<rpc::Stream>& stream) const {
  return WatchTenant(store_, hub_, ClientTopic(), request, stream);
}

}  // namespace cimd::services
