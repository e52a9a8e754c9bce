#ifndef CIMD_SERVER_SERVICES_REGISTRATION_SERVICE_H_
#define CIMD_SERVER_SERVICES_REGISTRATION_SERVICE_H_

#include <memory>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "cimd/v1/registration_service.grpc.pb.h"
#include "grpcpp/support/byte_buffer.h"
#include "server/metadata/key_set_resolver.h"
#include "server/metadata/metadata_resolver.h"
#include "server/mutations/mutations.h"
#include "server/resources/tenant_gate.h"
#include "server/rpc/bind_bytes.h"
#include "server/rpc/bind_method.h"
#include "server/rpc/dispatch.h"
#include "server/rpc/request_context.h"
#include "server/rpc/stream.h"
#include "server/watch/change_hub.h"
#include "storage/store.h"

namespace cimd::services {

// Implements the methods of cimd.v1.RegistrationService, which the proto file specifies. Each method validates the
// request, fetches if necessary, and then runs one transaction. Thread-safe.
class RegistrationHandlers {
 public:
  // The references must outlive this. `purge_scheduled` is called after each commit that scheduled a purge.
  RegistrationHandlers(storage::Store& store, watch::ChangeHub& hub, const metadata::MetadataResolver& resolver,
                       const metadata::KeySetResolver& key_resolver, absl::AnyInvocable<void() const> purge_scheduled)
      : store_(store),
        hub_(hub),
        resolver_(resolver),
        key_resolver_(key_resolver),
        mutations_(store),
        tenant_gate_(store),
        purge_scheduled_(std::move(purge_scheduled)) {}

  absl::StatusOr<v1::PreviewClientResponse> PreviewClient(rpc::RequestContext& call,
                                                          const v1::PreviewClientRequest& request) const;
  absl::StatusOr<v1::RegisterClientResponse> RegisterClient(rpc::RequestContext& call,
                                                            const v1::RegisterClientRequest& request) const;
  absl::StatusOr<v1::Client> GetClient(rpc::RequestContext& call, const v1::GetClientRequest& request) const;
  // A serialized v1.Client: authorization servers call this often, so the stored bytes are not parsed.
  absl::StatusOr<grpc::ByteBuffer> LookupClient(rpc::RequestContext& call,
                                                const v1::LookupClientRequest& request) const;
  // A serialized v1.ListClientsResponse.
  absl::StatusOr<grpc::ByteBuffer> ListClients(rpc::RequestContext& call, const v1::ListClientsRequest& request) const;
  absl::StatusOr<v1::Client> UpdateClient(rpc::RequestContext& call, const v1::UpdateClientRequest& request) const;
  absl::StatusOr<v1::DeleteClientResponse> DeleteClient(rpc::RequestContext& call,
                                                        const v1::DeleteClientRequest& request) const;
  absl::StatusOr<v1::ClientBlock> BlockClient(rpc::RequestContext& call, const v1::BlockClientRequest& request) const;
  absl::StatusOr<v1::UnblockClientResponse> UnblockClient(rpc::RequestContext& call,
                                                          const v1::UnblockClientRequest& request) const;
  absl::StatusOr<v1::ListClientBlocksResponse> ListClientBlocks(rpc::RequestContext& call,
                                                                const v1::ListClientBlocksRequest& request) const;
  absl::Status WatchClients(rpc::RequestContext& call, const v1::WatchClientsRequest& request,
                            const std::shared_ptr<rpc::Stream>& stream) const;

 private:
  storage::Store& store_;
  watch::ChangeHub& hub_;
  const metadata::MetadataResolver& resolver_;
  const metadata::KeySetResolver& key_resolver_;
  const Mutations mutations_;
  const TenantGate tenant_gate_;
  const absl::AnyInvocable<void() const> purge_scheduled_;
};

// The gRPC service. Every method runs through the dispatcher, which must outlive this.
class RegistrationService final
    : public v1::RegistrationService::WithRawCallbackMethod_LookupClient<
          v1::RegistrationService::WithRawCallbackMethod_ListClients<
              v1::RegistrationService::WithRawCallbackMethod_WatchClients<v1::RegistrationService::CallbackService>>> {
 public:
  RegistrationService(rpc::Dispatcher& dispatcher, storage::Store& store, watch::ChangeHub& hub,
                      const metadata::MetadataResolver& resolver, const metadata::KeySetResolver& key_resolver,
                      absl::AnyInvocable<void() const> purge_scheduled)
      : dispatcher_(dispatcher), handlers_(store, hub, resolver, key_resolver, std::move(purge_scheduled)) {}

  CIMD_BIND_UNARY(RegistrationService, PreviewClient, v1::PreviewClientRequest, v1::PreviewClientResponse)
  CIMD_BIND_UNARY(RegistrationService, RegisterClient, v1::RegisterClientRequest, v1::RegisterClientResponse)
  CIMD_BIND_UNARY(RegistrationService, GetClient, v1::GetClientRequest, v1::Client)
  CIMD_BIND_BYTES(RegistrationService, LookupClient, v1::LookupClientRequest)
  CIMD_BIND_BYTES(RegistrationService, ListClients, v1::ListClientsRequest)
  CIMD_BIND_UNARY(RegistrationService, UpdateClient, v1::UpdateClientRequest, v1::Client)
  CIMD_BIND_UNARY(RegistrationService, DeleteClient, v1::DeleteClientRequest, v1::DeleteClientResponse)
  CIMD_BIND_UNARY(RegistrationService, BlockClient, v1::BlockClientRequest, v1::ClientBlock)
  CIMD_BIND_UNARY(RegistrationService, UnblockClient, v1::UnblockClientRequest, v1::UnblockClientResponse)
  CIMD_BIND_UNARY(RegistrationService, ListClientBlocks, v1::ListClientBlocksRequest, v1::ListClientBlocksResponse)
  CIMD_BIND_STREAM(RegistrationService, WatchClients, v1::WatchClientsRequest)

 private:
  rpc::Dispatcher& dispatcher_;
  const RegistrationHandlers handlers_;
};

}  // namespace cimd::services

#endif  // CIMD_SERVER_SERVICES_REGISTRATION_SERVICE_H_
