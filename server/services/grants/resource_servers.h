#ifndef CIMD_SERVER_SERVICES_GRANTS_RESOURCE_SERVERS_H_
#define CIMD_SERVER_SERVICES_GRANTS_RESOURCE_SERVERS_H_

#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "cimd/v1/grants_service.pb.h"
#include "server/mutations/mutations.h"
#include "server/rpc/request_context.h"
#include "storage/store.h"

namespace cimd::services {

// Implements the methods of cimd.v1.GrantsService for APIs. Thread-safe.
class ResourceServerHandlers {
 public:
  // `store` must outlive this. `purge_scheduled` is called after each commit that scheduled a purge.
  ResourceServerHandlers(storage::Store& store, absl::AnyInvocable<void() const> purge_scheduled)
      : store_(store), mutations_(store), purge_scheduled_(std::move(purge_scheduled)) {}

  absl::StatusOr<v1::ResourceServer> CreateResourceServer(rpc::RequestContext& call,
                                                          const v1::CreateResourceServerRequest& request) const;
  absl::StatusOr<v1::ResourceServer> GetResourceServer(rpc::RequestContext& call,
                                                       const v1::GetResourceServerRequest& request) const;
  absl::StatusOr<v1::ResourceServer> LookupResourceServer(rpc::RequestContext& call,
                                                          const v1::LookupResourceServerRequest& request) const;
  absl::StatusOr<v1::ListResourceServersResponse> ListResourceServers(
      rpc::RequestContext& call, const v1::ListResourceServersRequest& request) const;
  absl::StatusOr<v1::ResourceServer> UpdateResourceServer(rpc::RequestContext& call,
                                                          const v1::UpdateResourceServerRequest& request) const;
  absl::StatusOr<v1::DeleteResourceServerResponse> DeleteResourceServer(
      rpc::RequestContext& call, const v1::DeleteResourceServerRequest& request) const;

 private:
  storage::Store& store_;
  const Mutations mutations_;
  const absl::AnyInvocable<void() const> purge_scheduled_;
};

}  // namespace cimd::services

#endif  // CIMD_SERVER_SERVICES_GRANTS_RESOURCE_SERVERS_H_
