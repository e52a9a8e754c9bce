#ifndef CIMD_SERVER_SERVICES_DOCUMENT_TARGET_H_
#define CIMD_SERVER_SERVICES_DOCUMENT_TARGET_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cimd/v1/admin_service.pb.h"
#include "cimd/v1/metadata_document.pb.h"
#include "server/assertions/client_keys.h"
#include "server/metadata/key_set_resolver.h"
#include "server/metadata/metadata_resolver.h"
#include "server/resources/clients.h"
#include "server/rpc/request_context.h"
#include "storage/store.h"

// Steps that preview, registration and refresh share: from a request to a validated document, and the check in the
// transaction that nothing changed during the fetch.
namespace cimd::services {

// The target of a document, as read before the fetch.
struct DocumentTarget {
  std::string url;
  v1::Tenant tenant;
  // The client registered for the URL, if there is one. `in_force` is its version in force, with the body.
  std::optional<StoredClient> client;
  v1::MetadataDocument in_force;
};

// Checks that the URL may be a client identifier in the tenant. CLIENT_ID_URL_INVALID lists every violation.
absl::Status CheckUrl(const metadata::MetadataResolver& resolver, std::string_view url, const v1::Tenant& tenant);

// Finds the target by tenant and URL. `expected_sha256` is only checked for its form.
absl::StatusOr<DocumentTarget> FindDocumentTarget(storage::Store& store, const metadata::MetadataResolver& resolver,
                                                  const rpc::RequestContext& call, std::string_view parent,
                                                  std::string_view url, std::string_view expected_sha256);

// Finds the target by the name of a client.
absl::StatusOr<DocumentTarget> FindDocumentTarget(storage::Store& store, const rpc::ClientName& name,
                                                  std::string_view expected_sha256);

// Validates the document in the request or, if there is none, fetches it.
template <typename Request>
metadata::ResolvedDocument ResolveTarget(const metadata::MetadataResolver& resolver, const rpc::RequestContext& call,
                                         const DocumentTarget& target, const Request& request) {
  return resolver.Resolve(
      {.url = target.url,
       .tenant = target.tenant,
       .supplied = request.has_document() ? std::optional<std::string_view>(request.document()) : std::nullopt,
       .in_force = target.client.has_value() ? &target.in_force : nullptr,
       .traceparent = call.traceparent,
       .deadline = call.deadline,
       .is_cancelled = [&call] { return call.is_cancelled(); }});
}

// Reads the key set that the client will use: that of the validated document or, for a pinned client, that of the
// version in force. nullopt when there are no keys, or when the document is invalid and the client is not pinned.
absl::StatusOr<std::optional<metadata::ResolvedKeySet>> ResolveTargetKeys(const storage::Store& store,
                                                                          const metadata::KeySetResolver& key_resolver,
                                                                          const rpc::RequestContext& call,
                                                                          const DocumentTarget& target,
                                                                          const metadata::ResolvedDocument& resolved);

// The effect that the key set would have on the keys of the target's client.
absl::StatusOr<KeysUpdate> PreviewUpdate(const storage::Store& store, const rpc::RequestContext& call,
                                         const DocumentTarget& target,
                                         const std::optional<metadata::ResolvedKeySet>& keys);

// Fills in the keys of a preview and its validation, which combines the findings on the document and on the key set.
template <typename Response>
absl::Status PreviewKeys(const storage::Store& store, const metadata::KeySetResolver& key_resolver,
                         const rpc::RequestContext& call, const DocumentTarget& target,
                         const metadata::ResolvedDocument& resolved, Response& response) {
  absl::StatusOr<std::optional<metadata::ResolvedKeySet>> keys =
      ResolveTargetKeys(store, key_resolver, call, target, resolved);
  if (!keys.ok()) return keys.status();
  *response.mutable_validation() = resolved.report.validation;
  absl::StatusOr<KeysUpdate> update = PreviewUpdate(store, call, target, *keys);
  if (!update.ok()) return update.status();
  AddTo(*update, *response.mutable_validation());
  if (response.has_diff()) AddTo(*update, *response.mutable_diff());
  *response.mutable_keys() = std::move(*update->record.mutable_client_keys()->mutable_keys());
  if (keys->has_value() && (*keys)->failure.has_value()) *response.mutable_key_fetch_failure() = *(*keys)->failure;
  return absl::OkStatus();
}

// Checks that the client may be registered with this result of reading its key set. DOCUMENT_NOT_FETCHED when the fetch
// failed and the tenant has the STRICT profile.
absl::Status CheckKeysRead(const std::optional<metadata::ResolvedKeySet>& keys, const DocumentTarget& target);

// Checks that the document may be put in force. Errors: DOCUMENT_NOT_FETCHED, DOCUMENT_CHANGED (when a digest is
// expected), DOCUMENT_INVALID.
absl::Status CheckApplicable(const metadata::ResolvedDocument& resolved, std::string_view url,
                             std::string_view expected_sha256);

// Reads the tenant again inside the transaction. CONTENTION when it changed since its settings were used to validate
// the document. Other errors are those of RequireCimdTenant.
absl::Status RecheckTenantUnchanged(storage::Transaction& transaction, const rpc::RequestContext& call,
                                    const DocumentTarget& target);

// Whether another document was put in force after the target was read, so that the validated document may be older.
// `stored` is the client as read in the transaction. An unregistered client has version 0.
bool IsStale(const DocumentTarget& target, const metadata::ResolvedDocument& resolved, const v1::Client& stored);

}  // namespace cimd::services

#endif  // CIMD_SERVER_SERVICES_DOCUMENT_TARGET_H_
