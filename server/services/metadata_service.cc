#include "server/services/metadata_service.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "server/assertions/client_keys.h"
#include "server/errors/errors.h"
#include "server/resources/client_documents.h"
#include "server/resources/clients.h"
#include "server/resources/listing.h"
#include "server/resources/tenants.h"
#include "server/rpc/proto_time.h"
#include "server/rpc/resource_name.h"
#include "server/services/document_target.h"
#include "server/services/server_metadata.h"
#include "storage/repositories/client_key_repository.h"
#include "storage/repositories/client_repository.h"
#include "storage/repositories/document_repository.h"

namespace cimd::services {
namespace {

namespace errors = rpc::errors;
using rpc::RequestContext;
using storage::DocumentRecord;
using storage::Transaction;

template <typename Source>
absl::StatusOr<storage::Stored<DocumentRecord>> RequireDocument(Source& source, const rpc::DocumentName& name) {
  storage::MaybeStored<DocumentRecord> found = storage::FindDocument(source, name.tenant, name.client, name.version);
  if (!found.ok()) return errors::FromStore(found.status());
  if (!found->has_value()) {
    return errors::DocumentNotFound(rpc::MakeDocumentName(name.tenant, name.client, name.version));
  }
  return **std::move(found);
}

// A stored version as the API returns it.
v1::MetadataDocument Served(DocumentRecord&& record, const rpc::ClientName& client, int64_t version,
                            int64_t version_in_force) {
  v1::MetadataDocument document = std::move(*record.mutable_document());
  document.set_name(rpc::MakeDocumentName(client.tenant, client.client, version));
  document.set_current(version == version_in_force);
  return document;
}

// Writes a changed client and sets its update_time.
void Write(Transaction& transaction, const RequestContext& call, StoredClient& stored) {
  ToProto(call.now, *stored.record.mutable_client()->mutable_update_time());
  storage::PutClient(transaction, call.tenant, stored.record);
}

// Updates the keys of a client to its version in force. Keys in the document take effect at once. Keys behind a
// jwks_uri are fetched later in the background, because this runs in a transaction.
absl::Status FollowVersion(Transaction& transaction, const RequestContext& call, const rpc::ClientName& name,
                           const v1::Tenant& tenant, const v1::Client& client, std::string_view body,
                           ResourceChange& change) {
  const bool automatic = IsKeyRefreshAutomatic(tenant);
  absl::StatusOr<KeysUpdate> update;
  if (!metadata::UsesKeys(client.metadata())) {
    update = PutKeys(transaction, name, std::nullopt, automatic, call.now);
  } else if (!client.metadata().jwks_uri().empty()) {
    update = ReadKeysSoon(transaction, name, client.metadata().jwks_uri(), automatic, call.now);
  } else {
    update = PutKeys(transaction, name, metadata::ReadInlineKeySet(body, tenant.document_profile(), call.now),
                     automatic, call.now);
  }
  if (!update.ok()) return update.status();
  if (!update->findings.violations().empty()) {
    return errors::DocumentInvalid(client.metadata().external_client_id(), client.document_sha256(), update->findings);
  }
  AddTo(*update, change.field_changes);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::PreviewRefreshResponse> MetadataHandlers::PreviewRefresh(
    RequestContext& call, const v1::PreviewRefreshRequest& request) const {
  absl::StatusOr<rpc::ClientName> name = rpc::ParseClientName("name", request.name());
  if (!name.ok()) return name.status();
  absl::StatusOr<DocumentTarget> target = FindDocumentTarget(store_, *name, /*expected_sha256=*/"");
  if (!target.ok()) return target.status();
  const v1::Client& client = target->client->record.client();
  v1::PreviewRefreshResponse response;
  response.set_pinned(client.pinned());
  metadata::ResolvedDocument resolved = ResolveTarget(resolver_, call, *target, request);
  if (resolved.failure.has_value()) {
    *response.mutable_fetch_failure() = *std::move(resolved.failure);
    return response;
  }
  *response.mutable_diff() = DiffFrom(client, target->in_force.body(), resolved);
  response.set_document_sha256(resolved.document.document_sha256());
  response.set_unchanged(resolved.document.document_sha256() == client.document_sha256());
  if (absl::Status status = PreviewKeys(store_, key_resolver_, call, *target, resolved, response); !status.ok()) {
    return status;
  }
  if (resolved.report.metadata.has_value()) *response.mutable_metadata() = *std::move(resolved.report.metadata);
  return response;
}

absl::StatusOr<v1::RefreshClientResponse> MetadataHandlers::RefreshClient(
    RequestContext& call, const v1::RefreshClientRequest& request) const {
  auto replayed = mutations_.Replay<v1::RefreshClientResponse>(call, request);
  if (!replayed.ok()) return replayed.status();
  if (replayed->has_value()) return **std::move(replayed);
  absl::StatusOr<rpc::ClientName> name = rpc::ParseClientName("name", request.name());
  if (!name.ok()) return name.status();
  absl::StatusOr<DocumentTarget> target = FindDocumentTarget(store_, *name, request.expected_document_sha256());
  if (!target.ok()) return target.status();
  if (absl::Status status = CheckNotBlocked(store_, call.tenant, target->url); !status.ok()) return status;
  if (absl::Status status = CheckEtag(*target->client, request.etag()); !status.ok()) return status;
  const metadata::ResolvedDocument resolved = ResolveTarget(resolver_, call, *target, request);
  if (resolved.failure.has_value()) {
    if (absl::Status status = RecordFailure(call, *name, *resolved.failure); !status.ok()) return status;
  }
  if (absl::Status status = CheckApplicable(resolved, target->url, request.expected_document_sha256()); !status.ok()) {
    return status;
  }
  const bool was_pinned = target->client->record.client().pinned();
  absl::StatusOr<std::optional<metadata::ResolvedKeySet>> keys =
      ResolveTargetKeys(store_, key_resolver_, call, *target, resolved);
  if (!keys.ok()) return keys.status();
  if (absl::Status status = CheckKeysRead(*keys, *target); !status.ok()) return status;

  return mutations_.Run<v1::RefreshClientResponse>(
      call, request,
      [&](Transaction& transaction, v1::RefreshClientResponse& response) -> absl::StatusOr<ResourceChange> {
        if (absl::Status status = RecheckTenantUnchanged(transaction, call, *target); !status.ok()) return status;
        if (absl::Status status = CheckNotBlocked(transaction, call.tenant, target->url); !status.ok()) return status;
        absl::StatusOr<StoredClient> stored = RequireClient(transaction, *name);
        if (!stored.ok()) return stored.status();
        if (absl::Status status = CheckEtag(*stored, request.etag()); !status.ok()) return status;
        // The keys were read for a client that was, or was not, pinned.
        if (stored->record.client().pinned() != was_pinned) return errors::Contention();
        if (IsStale(*target, resolved, stored->record.client())) return errors::Contention();
        absl::StatusOr<KeysUpdate> update =
            PutKeys(transaction, *name, *keys, IsKeyRefreshAutomatic(target->tenant), call.now);
        if (!update.ok()) return update.status();
        *response.mutable_diff() = DiffFrom(stored->record.client(), target->in_force.body(), resolved);
        AddTo(*update, *response.mutable_diff());
        *response.mutable_validation() = resolved.report.validation;
        AddTo(*update, *response.mutable_validation());
        if (!response.validation().valid()) {
          return errors::DocumentInvalid(target->url, resolved.document.document_sha256(), response.validation());
        }
        ResourceChange change;
        if (!update->changes.empty()) {
          change.resource = request.name();
          AddTo(*update, change.field_changes);
        }
        if (stored->record.client().pinned()) {
          absl::Status cleared = storage::ClearRefreshFailure(transaction, name->tenant, name->client);
          if (!cleared.ok()) return errors::FromStore(cleared);
          response.set_outcome(v1::REFRESH_OUTCOME_REPORTED);
          *response.mutable_client() = storage::ServedClient(*std::move(stored));
          return change;
        }
        absl::StatusOr<bool> changed =
            ActivateDocument(transaction, {call.tenant, call.caller.id, call.now}, resolved, stored->record);
        if (!changed.ok()) return changed.status();
        if (!*changed) {
          response.set_outcome(v1::REFRESH_OUTCOME_UNCHANGED);
          *response.mutable_client() = storage::ServedClient(*std::move(stored));
          return change;
        }
        response.set_outcome(v1::REFRESH_OUTCOME_APPLIED);
        Write(transaction, call, *stored);
        *response.mutable_client() = std::move(*stored->record.mutable_client());
        return ResourceChange{.resource = request.name(), .field_changes = response.diff().changes()};
      });
}

absl::Status MetadataHandlers::RecordFailure(const RequestContext& call, const rpc::ClientName& name,
                                             const v1::FetchFailure& failure) const {
  // Runs without the caller's request_id: a recorded failure must not become the response that a retry gets.
  return mutations_
      .Run<v1::Client>(call, v1::GetClientRequest(),
                       [&](Transaction& transaction, v1::Client&) -> absl::StatusOr<ResourceChange> {
                         absl::StatusOr<StoredClient> stored = RequireClient(transaction, name);
                         if (!stored.ok()) return stored.status();
                         v1::FetchFailure recorded = failure;
                         ToProto(call.now, *recorded.mutable_fail_time());
                         storage::PutRefreshFailure(transaction, name.tenant, name.client, recorded);
                         return ResourceChange{};
                       })
      .status();
}

absl::StatusOr<v1::MetadataDocument> MetadataHandlers::GetDocument(RequestContext&,
                                                                   const v1::GetDocumentRequest& request) const {
  absl::StatusOr<rpc::DocumentName> name = rpc::ParseDocumentName("name", request.name());
  if (!name.ok()) return name.status();
  const rpc::ClientName client_name{name->tenant, name->client};
  absl::StatusOr<StoredClient> client = RequireClient(store_, client_name);
  if (!client.ok()) return client.status();
  absl::StatusOr<storage::Stored<DocumentRecord>> document = RequireDocument(store_, *name);
  if (!document.ok()) return document.status();
  return Served(std::move(document->record), client_name, name->version, client->record.client().document_version());
}

absl::StatusOr<v1::ListDocumentsResponse> MetadataHandlers::ListDocuments(
    RequestContext& call, const v1::ListDocumentsRequest& request) const {
  absl::StatusOr<rpc::ClientName> name = rpc::ParseClientName("parent", request.parent());
  if (!name.ok()) return name.status();
  absl::StatusOr<StoredClient> client = RequireClient(store_, *name);
  if (!client.ok()) return client.status();
  v1::ListDocumentsResponse response;
  absl::Status listed = ListRecords<DocumentRecord>(
      store_, call, storage::keys::AllOf(name->tenant, storage::keys::Kind::kDocument, name->client), request, response,
      [](const auto&) { return true; },
      [&](storage::Stored<DocumentRecord>&& stored, const ListedEntry& entry) {
        stored.record.mutable_document()->clear_body();
        *response.add_documents() =
            Served(std::move(stored.record), *name, storage::keys::DocumentVersion(entry.key).value_or(0),
                   client->record.client().document_version());
        return absl::OkStatus();
      });
  if (!listed.ok()) return listed;
  return response;
}

absl::StatusOr<v1::Client> MetadataHandlers::PinDocument(RequestContext& call,
                                                         const v1::PinDocumentRequest& request) const {
  absl::StatusOr<rpc::DocumentName> name = rpc::ParseDocumentName("name", request.name());
  if (!name.ok()) return name.status();
  return mutations_.Run<v1::Client>(
      call, request, [&](Transaction& transaction, v1::Client& response) -> absl::StatusOr<ResourceChange> {
        absl::StatusOr<v1::Tenant> tenant = RequireTenant(transaction, name->tenant);
        if (!tenant.ok()) return tenant.status();
        absl::StatusOr<StoredClient> stored = RequireClient(transaction, {name->tenant, name->client});
        if (!stored.ok()) return stored.status();
        if (absl::Status status = CheckEtag(*stored, request.etag()); !status.ok()) return status;
        absl::StatusOr<storage::Stored<DocumentRecord>> version = RequireDocument(transaction, *name);
        if (!version.ok()) return version.status();
        if (!version->record.retained()) {
          version->record.set_retained(true);
          storage::PutDocument(transaction, name->tenant, name->client, name->version, version->record);
        }
        v1::Client& client = *stored->record.mutable_client();
        // Validates the stored bytes again, because the tenant's profile may have changed since the version was
        // accepted.
        metadata::ResolvedDocument resolved{.document = std::move(*version->record.mutable_document())};
        resolved.report = metadata::JudgeDocument(resolved.document.body(), client.metadata().external_client_id(),
                                                  resolver_.RulesOf(*tenant));
        if (absl::Status status = CheckApplicable(resolved, client.metadata().external_client_id(), ""); !status.ok()) {
          return status;
        }
        ResourceChange change{.resource = client.name(), .field_changes = DiffFrom(client, "", resolved).changes()};
        PutVersionInForce(name->version, resolved, stored->record);
        client.set_pinned(true);
        absl::Status keys = FollowVersion(transaction, call, {name->tenant, name->client}, *tenant, client,
                                          resolved.document.body(), change);
        if (!keys.ok()) return keys;
        Write(transaction, call, *stored);
        response = std::move(client);
        return change;
      });
}

absl::StatusOr<v1::Client> MetadataHandlers::UnpinDocument(RequestContext& call,
                                                           const v1::UnpinDocumentRequest& request) const {
  absl::StatusOr<rpc::ClientName> name = rpc::ParseClientName("name", request.name());
  if (!name.ok()) return name.status();
  return mutations_.Run<v1::Client>(
      call, request, [&](Transaction& transaction, v1::Client& response) -> absl::StatusOr<ResourceChange> {
        absl::StatusOr<StoredClient> stored = RequireClient(transaction, *name);
        if (!stored.ok()) return stored.status();
        if (absl::Status status = CheckEtag(*stored, request.etag()); !status.ok()) return status;
        if (!stored->record.client().pinned()) return errors::ClientNotPinned(request.name());
        stored->record.mutable_client()->set_pinned(false);
        Write(transaction, call, *stored);
        response = std::move(*stored->record.mutable_client());
        return ResourceChange{.resource = request.name()};
      });
}

absl::StatusOr<v1::ClientKeys> MetadataHandlers::GetClientKeys(RequestContext& call,
                                                               const v1::GetClientKeysRequest& request) const {
  absl::StatusOr<rpc::ClientName> name = rpc::ParseClientName("name", request.name());
  if (!name.ok()) return name.status();
  absl::StatusOr<StoredClient> client = RequireClient(store_, *name);
  if (!client.ok()) return client.status();
  storage::MaybeStored<storage::ClientKeysRecord> stored = storage::FindClientKeys(store_, name->tenant, name->client);
  if (!stored.ok()) return errors::FromStore(stored.status());
  storage::ClientKeysRecord record;
  if (stored->has_value()) {
    record = std::move((*stored)->record);
  } else {
    record.mutable_client_keys()->set_jwks_uri(client->record.client().metadata().jwks_uri());
  }
  return ServedKeys(std::move(record), request.name(), call.now);
}

absl::StatusOr<v1::RefreshClientKeysResponse> MetadataHandlers::RefreshClientKeys(
    RequestContext& call, const v1::RefreshClientKeysRequest& request) const {
  auto replayed = mutations_.Replay<v1::RefreshClientKeysResponse>(call, request);
  if (!replayed.ok()) return replayed.status();
  if (replayed->has_value()) return **std::move(replayed);
  absl::StatusOr<rpc::ClientName> name = rpc::ParseClientName("name", request.name());
  if (!name.ok()) return name.status();
  RequestValidator validator;
  validator.MaxElements("accept_thumbprints", request.accept_thumbprints_size(), kMaxAcceptedKeys);
  if (absl::Status status = validator.status(); !status.ok()) return status;
  absl::StatusOr<DocumentTarget> target = FindDocumentTarget(store_, *name, /*expected_sha256=*/"");
  if (!target.ok()) return target.status();
  if (absl::Status status = CheckNotBlocked(store_, call.tenant, target->url); !status.ok()) return status;
  const v1::Client& before = target->client->record.client();
  if (!metadata::UsesKeys(before.metadata())) return errors::ClientHasNoKeys(request.name());
  const std::vector<std::string> accepted(request.accept_thumbprints().begin(), request.accept_thumbprints().end());
  // Accepting keys takes the key set itself, so the host must not answer "not modified".
  auto keys = ReadKeySet(store_, key_resolver_, *name, target->tenant, before.metadata(), target->in_force.body(),
                         WaitOf(call), accepted.empty() ? KeySetCondition::kIfChanged : KeySetCondition::kAlways);
  if (!keys.ok()) return keys.status();

  return mutations_.Run<v1::RefreshClientKeysResponse>(
      call, request,
      [&](Transaction& transaction, v1::RefreshClientKeysResponse& response) -> absl::StatusOr<ResourceChange> {
        if (absl::Status status = RecheckTenantUnchanged(transaction, call, *target); !status.ok()) return status;
        absl::StatusOr<StoredClient> stored = RequireClient(transaction, *name);
        if (!stored.ok()) return stored.status();
        // Another document version may name or hold other keys.
        if (stored->record.client().document_version() != before.document_version()) return errors::Contention();
        absl::StatusOr<KeysUpdate> update =
            PutKeys(transaction, *name, *keys, IsKeyRefreshAutomatic(target->tenant), call.now, accepted);
        if (!update.ok()) return update.status();
        response.set_changed(!update->changes.empty());
        response.set_superseded(update->superseded);
        response.mutable_changes()->Assign(update->changes.begin(), update->changes.end());
        ResourceChange change;
        if (response.changed()) {
          change.resource = request.name();
          AddTo(*update, change.field_changes);
        }
        *response.mutable_client_keys() = ServedKeys(std::move(update->record), request.name(), call.now);
        return change;
      });
}

absl::StatusOr<v1::VerifyClientAssertionResponse> MetadataHandlers::VerifyClientAssertion(
    RequestContext& call, const v1::VerifyClientAssertionRequest& request) const {
  absl::StatusOr<std::string> name = rpc::ParseTenantName("parent", request.parent());
  if (!name.ok()) return name.status();
  absl::StatusOr<v1::Tenant> tenant = RequireTenant(store_, *name);
  if (!tenant.ok()) return tenant.status();
  PresentedAssertion presented =
      ParseAssertion(request.client_id(), request.client_assertion_type(), request.client_assertion());
  storage::MaybeStored<storage::ClientRecord> found = storage::FindClientByUrl(store_, *name, presented.client_id);
  if (!found.ok()) return errors::FromStore(found.status());
  const v1::Client* client = found->has_value() ? &(*found)->record.client() : nullptr;
  absl::StatusOr<AssertionVerdict> verdict =
      verifier_.Verify(call, /*may_postpone=*/true, std::move(presented), *name, *tenant, client);
  if (!verdict.ok()) return verdict.status();

  v1::VerifyClientAssertionResponse response;
  response.set_valid(verdict->valid());
  // With mismatched ids the request names two clients, and which of them sent it is unknown.
  if (client != nullptr && verdict->reason != v1::ASSERTION_REASON_CLIENT_ID_MISMATCH) {
    response.set_client(client->name());
    response.set_client_id(client->metadata().external_client_id());
  }
  if (!verdict->valid()) {
    response.set_error(std::string(jose::kInvalidClient));
    response.set_reason(verdict->reason);
    response.set_description(std::move(verdict->description));
    return response;
  }
  response.set_document_version(client->document_version());
  response.set_kid(std::move(verdict->kid));
  response.set_thumbprint_sha256(std::move(verdict->thumbprint));
  response.set_alg(std::move(verdict->alg));
  ToProto(verdict->remember_until, *response.mutable_expire_time());
  return response;
}

absl::StatusOr<v1::ServerMetadata> MetadataHandlers::GetServerMetadata(
    RequestContext&, const v1::GetServerMetadataRequest& request) const {
  absl::StatusOr<std::string> name = rpc::ParseTenantName("name", request.name());
  if (!name.ok()) return name.status();
  absl::StatusOr<v1::Tenant> tenant = RequireTenant(store_, *name);
  if (!tenant.ok()) return tenant.status();
  return MakeServerMetadata(*tenant);
}

}  // namespace cimd::services
