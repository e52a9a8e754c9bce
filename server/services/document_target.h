#ifndef CIMD_SERVER_SERVICES_DOCUMENT_TARGET_H_
#define CIMD_SERVER_SERVICES_DOCUMENT_TARGET_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cimd/v1/admin_service.pb.h"
#include "cimd/v1/metadata_document.pb.h"
#include "server/metadata/metadata_resolver.h"
#include "server/rpc/request_context.h"
#include "server/services/clients.h"
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
  return resolver.Resolve({.url = target.url,
                           .tenant = target.tenant,
                           .supplied = request.has_document() ? std::optional<std::string_view>(request.document())
                                                              : std::nullopt,
                           .in_force = target.client.has_value() ? &target.in_force : nullptr,
                           .traceparent = call.traceparent});
}

// Whether the document may be put in force: DOCUMENT_NOT_FETCHED, DOCUMENT_CHANGED (when a digest is expected),
// DOCUMENT_INVALID.
absl::Status CheckApplicable(const metadata::ResolvedDocument& resolved, std::string_view url,
                             std::string_view expected_sha256);

// Reads the tenant again, inside of the transaction: its errors, or CONTENTION when it was changed since the document
// was judged by its rules.
absl::Status CheckStillJudgedRight(storage::Transaction& transaction, const rpc::RequestContext& call,
                                   const DocumentTarget& target);

}  // namespace cimd::services

#endif  // CIMD_SERVER_SERVICES_DOCUMENT_TARGET_H_
