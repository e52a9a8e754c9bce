#include "server/services/document_target.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "server/assertions/client_keys.h"
#include "server/errors/errors.h"
#include "server/resources/client_documents.h"
#include "server/resources/tenants.h"
#include "server/rpc/request_validator.h"
#include "storage/repositories/client_key_repository.h"
#include "storage/repositories/document_repository.h"

namespace cimd::services {
namespace {

namespace errors = rpc::errors;

absl::Status CheckDigestForm(std::string_view expected_sha256) {
  RequestValidator validator;
  validator.Sha256Hex("expected_document_sha256", expected_sha256);
  return validator.status();
}

// Fills in the version in force of target.client.
absl::Status ReadInForce(const storage::Store& store, std::string_view tenant, DocumentTarget& target) {
  const v1::Client& client = target.client->record.client();
  auto document = storage::FindDocument(store, tenant, ClientIdOf(client), client.document_version());
  if (!document.ok()) return errors::FromStore(document.status());
  // The client may have been deleted meanwhile. The transaction checks that.
  if (document->has_value()) target.in_force = std::move(*(*document)->record.mutable_document());
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckUrl(const metadata::MetadataResolver& resolver, std::string_view url, const v1::Tenant& tenant) {
  metadata::ClientIdUrlReport report = resolver.JudgeUrl(url, tenant);
  if (report.valid()) return absl::OkStatus();
  v1::Validation validation;
  for (v1::Finding& finding : report.violations) *validation.add_violations() = std::move(finding);
  return errors::ClientIdUrlInvalid(url, validation);
}

absl::StatusOr<DocumentTarget> FindDocumentTarget(storage::Store& store, const metadata::MetadataResolver& resolver,
                                                  const rpc::RequestContext& call, std::string_view parent,
                                                  std::string_view url, std::string_view expected_sha256) {
  absl::StatusOr<std::string> name = rpc::ParseTenantName("parent", parent);
  if (!name.ok()) return name.status();
  if (absl::Status status = CheckDigestForm(expected_sha256); !status.ok()) return status;
  absl::StatusOr<v1::Tenant> tenant = RequireCimdTenant(store, call.tenant);
  if (!tenant.ok()) return tenant.status();
  DocumentTarget target{.url = std::string(url), .tenant = *std::move(tenant)};
  if (absl::Status status = CheckUrl(resolver, url, target.tenant); !status.ok()) return status;
  auto found = storage::FindClientByUrl(store, call.tenant, url);
  if (!found.ok()) return errors::FromStore(found.status());
  target.client = *std::move(found);
  if (target.client.has_value()) {
    if (absl::Status status = ReadInForce(store, call.tenant, target); !status.ok()) return status;
  }
  return target;
}

absl::StatusOr<DocumentTarget> FindDocumentTarget(storage::Store& store, const rpc::ClientName& name,
                                                  std::string_view expected_sha256) {
  if (absl::Status status = CheckDigestForm(expected_sha256); !status.ok()) return status;
  absl::StatusOr<v1::Tenant> tenant = RequireCimdTenant(store, name.tenant);
  if (!tenant.ok()) return tenant.status();
  absl::StatusOr<StoredClient> client = RequireClient(store, name);
  if (!client.ok()) return client.status();
  DocumentTarget target{.url = client->record.client().metadata().external_client_id(),
                        .tenant = *std::move(tenant),
                        .client = *std::move(client)};
  if (absl::Status status = ReadInForce(store, name.tenant, target); !status.ok()) return status;
  return target;
}

absl::StatusOr<std::optional<metadata::ResolvedKeySet>> ResolveTargetKeys(const storage::Store& store,
                                                                          const metadata::KeySetResolver& key_resolver,
                                                                          const rpc::RequestContext& call,
                                                                          const DocumentTarget& target,
                                                                          const metadata::ResolvedDocument& resolved) {
  const bool pinned = target.client.has_value() && target.client->record.client().pinned();
  if (!pinned && !resolved.report.validation.valid()) return std::nullopt;
  rpc::ClientName name{call.tenant, ""};
  if (target.client.has_value()) name.client = ClientIdOf(target.client->record.client());
  return ReadKeySet(store, key_resolver, name, target.tenant,
                    pinned ? target.client->record.client().metadata() : *resolved.report.metadata,
                    pinned ? target.in_force.body() : resolved.document.body(), WaitOf(call));
}

absl::StatusOr<KeysUpdate> PreviewUpdate(const storage::Store& store, const rpc::RequestContext& call,
                                         const DocumentTarget& target,
                                         const std::optional<metadata::ResolvedKeySet>& keys) {
  storage::MaybeStored<storage::ClientKeysRecord> stored = std::nullopt;
  if (target.client.has_value()) {
    stored = storage::FindClientKeys(store, call.tenant, ClientIdOf(target.client->record.client()));
    if (!stored.ok()) return errors::FromStore(stored.status());
  }
  return UpdateKeys(stored->has_value() ? &(*stored)->record : nullptr, keys, IsKeyRefreshAutomatic(target.tenant),
                    call.now);
}

absl::Status CheckKeysRead(const std::optional<metadata::ResolvedKeySet>& keys, const DocumentTarget& target) {
  const bool strict = target.tenant.document_profile() == v1::DOCUMENT_PROFILE_STRICT;
  if (!strict || !keys.has_value() || !keys->failure.has_value()) return absl::OkStatus();
  return errors::DocumentNotFetched(keys->jwks_uri, *keys->failure);
}

absl::Status CheckApplicable(const metadata::ResolvedDocument& resolved, std::string_view url,
                             std::string_view expected_sha256) {
  if (resolved.failure.has_value()) return errors::DocumentNotFetched(url, *resolved.failure);
  const std::string& actual = resolved.document.document_sha256();
  if (!expected_sha256.empty() && absl::AsciiStrToLower(std::string(expected_sha256)) != actual) {
    return errors::DocumentChanged(expected_sha256, actual);
  }
  const v1::Validation& validation = resolved.report.validation;
  if (!validation.valid()) return errors::DocumentInvalid(url, actual, validation);
  return absl::OkStatus();
}

absl::Status RecheckTenantUnchanged(storage::Transaction& transaction, const rpc::RequestContext& call,
                                    const DocumentTarget& target) {
  absl::StatusOr<v1::Tenant> tenant = RequireCimdTenant(transaction, call.tenant);
  if (!tenant.ok()) return tenant.status();
  return tenant->etag() == target.tenant.etag() ? absl::OkStatus() : errors::Contention();
}

bool IsStale(const DocumentTarget& target, const metadata::ResolvedDocument& resolved, const v1::Client& stored) {
  const int64_t read = target.client.has_value() ? target.client->record.client().document_version() : 0;
  return stored.document_version() != read && stored.document_sha256() != resolved.document.document_sha256();
}

}  // namespace cimd::services
