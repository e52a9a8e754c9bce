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

// The steps that previewing, registering and refreshing have in common: from a request to a judged document, and the
// second look inside of the transaction at what was read before the fetch.
namespace cimd::services {

// What a document is wanted for, as read before the fetch.
struct DocumentTarget {
  std::string url;
  v1::Tenant tenant;
  // The client that is registered for the URL, if there is one, and the version in force with its body.
  std::optional<StoredClient> client;
  v1::MetadataDocument in_force;
};

// OK when the URL may be a client identifier in the tenant: CLIENT_ID_URL_INVALID with every violation.
absl::Status CheckUrl(const metadata::MetadataResolver& resolver, std::string_view url, const v1::Tenant& tenant);

// By tenant and URL. `expected_sha256` is only checked for its form.
absl::StatusOr<DocumentTarget> FindDocumentTarget(storage::Store& store, const metadata::MetadataResolver& resolver,
                                                  const rpc::RequestContext& call, std::string_view parent,
                                                  std::string_view url, std::string_view expected_sha256);

// By client.
absl::StatusOr<DocumentTarget> FindDocumentTarget(storage::Store& store, const rpc::ClientName& name,
                                                  std::string_view expected_sha256);

// Takes the document from the request, or fetches it.
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

// Reads the key set of the client as it will be: by the document that was judged, or by the version in force of a
// pinned client. Nothing when there are no keys, or when the document is not valid and has none in force.
absl::StatusOr<std::optional<metadata::ResolvedKeySet>> ResolveTargetKeys(const storage::Store& store,
                                                                          const metadata::KeySetResolver& key_resolver,
                                                                          const rpc::RequestContext& call,
                                                                          const DocumentTarget& target,
                                                                          const metadata::ResolvedDocument& resolved);

// What the key set would make of the keys of the target's client.
absl::StatusOr<KeysUpdate> PreviewUpdate(const storage::Store& store, const rpc::RequestContext& call,
                                         const DocumentTarget& target,
                                         const std::optional<metadata::ResolvedKeySet>& keys);

// Fills in the keys of a preview, and its validation: that of the document with what is found in the key set.
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

// Whether a client may be registered with what came of its key set: STRICT wants it to have been read.
absl::Status CheckKeysRead(const std::optional<metadata::ResolvedKeySet>& keys, const DocumentTarget& target);

// Whether the document may be put in force: DOCUMENT_NOT_FETCHED, DOCUMENT_CHANGED (when a digest is expected),
// DOCUMENT_INVALID.
absl::Status CheckApplicable(const metadata::ResolvedDocument& resolved, std::string_view url,
                             std::string_view expected_sha256);

// Reads the tenant again, inside of the transaction: its errors, or CONTENTION when it was changed since the document
// was judged by its rules.
absl::Status RecheckTenantUnchanged(storage::Transaction& transaction, const rpc::RequestContext& call,
                                    const DocumentTarget& target);

// Whether another document than the one that was judged came in force since the target was read, so that the one that
// was judged may be older. `stored` is the client in the transaction; one that is not registered yet has no version.
bool IsStale(const DocumentTarget& target, const metadata::ResolvedDocument& resolved, const v1::Client& stored);

}  // namespace cimd::services

#endif  // CIMD_SERVER_SERVICES_DOCUMENT_TARGET_H_
