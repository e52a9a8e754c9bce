#ifndef CIMD_SERVER_SERVICES_METADATA_SERVICE_H_
#define CIMD_SERVER_SERVICES_METADATA_SERVICE_H_

#include "absl/status/statusor.h"
#include "cimd/v1/metadata_service.grpc.pb.h"
#include "server/assertions/assertion_verifier.h"
#include "server/metadata/key_set_resolver.h"
#include "server/metadata/metadata_resolver.h"
#include "server/mutations/mutations.h"
#include "server/rpc/bind_method.h"
#include "server/rpc/dispatch.h"
#include "server/rpc/request_context.h"
#include "storage/store.h"

namespace cimd::services {

// Implements the methods of cimd.v1.MetadataService, which the proto file specifies. Thread-safe.
class MetadataHandlers {
 public:
  // The references must outlive this.
  MetadataHandlers(storage::Store& store, const metadata::MetadataResolver& resolver,
                   const metadata::KeySetResolver& key_resolver, AssertionVerifier& verifier)
      : store_(store), resolver_(resolver), key_resolver_(key_resolver), verifier_(verifier), mutations_(store) {}

  absl::StatusOr<v1::PreviewRefreshResponse> PreviewRefresh(rpc::RequestContext& call,
                                                            const v1::PreviewRefreshRequest& request) const;
  absl::StatusOr<v1::RefreshClientResponse> RefreshClient(rpc::RequestContext& call,
                                                          const v1::RefreshClientRequest& request) const;
  absl::StatusOr<v1::MetadataDocument> GetDocument(rpc::RequestContext& call,
                                                   const v1::GetDocumentRequest& request) const;
  absl::StatusOr<v1::ListDocumentsResponse> ListDocuments(rpc::RequestContext& call,
                                                          const v1::ListDocumentsRequest& request) const;
  absl::StatusOr<v1::Client> PinDocument(rpc::RequestContext& call, const v1::PinDocumentRequest& request) const;
  absl::StatusOr<v1::Client> UnpinDocument(rpc::RequestContext& call, const v1::UnpinDocumentRequest& request) const;
  absl::StatusOr<v1::ClientKeys> GetClientKeys(rpc::RequestContext& call,
                                               const v1::GetClientKeysRequest& request) const;
  absl::StatusOr<v1::RefreshClientKeysResponse> RefreshClientKeys(rpc::RequestContext& call,
                                                                  const v1::RefreshClientKeysRequest& request) const;
  absl::StatusOr<v1::VerifyClientAssertionResponse> VerifyClientAssertion(
      rpc::RequestContext& call, const v1::VerifyClientAssertionRequest& request) const;
  absl::StatusOr<v1::ServerMetadata> GetServerMetadata(rpc::RequestContext& call,
                                                       const v1::GetServerMetadataRequest& request) const;

 private:
  // Records the failure on the client, where admins see it.
  absl::Status RecordFailure(const rpc::RequestContext& call, const rpc::ClientName& name,
                             const v1::FetchFailure& failure) const;

  storage::Store& store_;
  const metadata::MetadataResolver& resolver_;
  const metadata::KeySetResolver& key_resolver_;
  AssertionVerifier& verifier_;
  const Mutations mutations_;
};

// The gRPC service. Every method runs through the dispatcher, which must outlive this.
class MetadataService final : public v1::MetadataService::CallbackService {
 public:
  MetadataService(rpc::Dispatcher& dispatcher, storage::Store& store, const metadata::MetadataResolver& resolver,
                  const metadata::KeySetResolver& key_resolver, AssertionVerifier& verifier)
      : dispatcher_(dispatcher), handlers_(store, resolver, key_resolver, verifier) {}

  CIMD_BIND_UNARY(MetadataService, PreviewRefresh, v1::PreviewRefreshRequest, v1::PreviewRefreshResponse)
  CIMD_BIND_UNARY(MetadataService, RefreshClient, v1::RefreshClientRequest, v1::RefreshClientResponse)
  CIMD_BIND_UNARY(MetadataService, GetDocument, v1::GetDocumentRequest, v1::MetadataDocument)
  CIMD_BIND_UNARY(MetadataService, ListDocuments, v1::ListDocumentsRequest, v1::ListDocumentsResponse)
  CIMD_BIND_UNARY(MetadataService, PinDocument, v1::PinDocumentRequest, v1::Client)
  CIMD_BIND_UNARY(MetadataService, UnpinDocument, v1::UnpinDocumentRequest, v1::Client)
  CIMD_BIND_UNARY(MetadataService, GetClientKeys, v1::GetClientKeysRequest, v1::ClientKeys)
  CIMD_BIND_UNARY(MetadataService, RefreshClientKeys, v1::RefreshClientKeysRequest, v1::RefreshClientKeysResponse)
  CIMD_BIND_UNARY(MetadataService, VerifyClientAssertion, v1::VerifyClientAssertionRequest,
                  v1::VerifyClientAssertionResponse)
  CIMD_BIND_UNARY(MetadataService, GetServerMetadata, v1::GetServerMetadataRequest, v1::ServerMetadata)

 private:
  rpc::Dispatcher& dispatcher_;
  const MetadataHandlers handlers_;
};

}  // namespace cimd::services

#endif  // CIMD_SERVER_SERVICES_METADATA_SERVICE_H_
