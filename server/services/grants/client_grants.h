#ifndef CIMD_SERVER_SERVICES_GRANTS_CLIENT_GRANTS_H_
#define CIMD_SERVER_SERVICES_GRANTS_CLIENT_GRANTS_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cimd/v1/grants_service.pb.h"
#include "server/mutations/mutations.h"
#include "server/rpc/request_context.h"
#include "server/rpc/stream.h"
#include "server/watch/change_hub.h"
#include "storage/store.h"

namespace cimd::services {

// Implements the methods of cimd.v1.GrantsService for client grants. Thread-safe.
class ClientGrantHandlers {
 public:
  // `store` and `hub` must outlive this.
  ClientGrantHandlers(storage::Store& store, watch::ChangeHub& hub) : store_(store), hub_(hub), mutations_(store) {}

  absl::StatusOr<v1::ClientGrant> CreateClientGrant(rpc::RequestContext& call,
                                                    const v1::CreateClientGrantRequest& request) const;
  absl::StatusOr<v1::ClientGrant> GetClientGrant(rpc::RequestContext& call,
                                                 const v1::GetClientGrantRequest& request) const;
  absl::StatusOr<v1::ListClientGrantsResponse> ListClientGrants(rpc::RequestContext& call,
                                                                const v1::ListClientGrantsRequest& request) const;
  absl::StatusOr<v1::ClientGrant> UpdateClientGrant(rpc::RequestContext& call,
                                                    const v1::UpdateClientGrantRequest& request) const;
  absl::StatusOr<v1::DeleteClientGrantResponse> DeleteClientGrant(rpc::RequestContext& call,
                                                                  const v1::DeleteClientGrantRequest& request) const;
  absl::Status WatchClientGrants(rpc::RequestContext& call, const v1::WatchClientGrantsRequest& request,
                                 const std::shared_ptr<rpc::Stream>& stream) const;

 private:
  storage::Store& store_;
  watch::ChangeHub& hub_;
  const Mutations mutations_;
};

}  // namespace cimd::services

#endif  // CIMD_SERVER_SERVICES_GRANTS_CLIENT_GRANTS_H_
