#ifndef CIMD_SERVER_RPC_REQUEST_FIELDS_H_
#define CIMD_SERVER_RPC_REQUEST_FIELDS_H_

#include <string_view>

#include "server/rpc/resource_name.h"

// Fields that many request messages have, read before anything is validated. The caller chose their values.
namespace cimd::rpc {

// The id of the tenant whose resource a request names; empty when it names none, or when the name is malformed.
template <typename Request>
std::string_view TenantOf(const Request& request) {
  if constexpr (requires { request.parent(); }) {
    return TenantOfName(request.parent());
  } else if constexpr (requires { request.name(); }) {
    return TenantOfName(request.name());
  } else if constexpr (requires { request.client().name(); }) {
    return TenantOfName(request.client().name());
  } else if constexpr (requires { request.resource_server().name(); }) {
    return TenantOfName(request.resource_server().name());
  } else if constexpr (requires { request.client_grant().name(); }) {
    return TenantOfName(request.client_grant().name());
  } else if constexpr (requires { request.connection().name(); }) {
    return TenantOfName(request.connection().name());
  } else if constexpr (requires { request.tenant().name(); }) {
    return TenantOfName(request.tenant().name());
  } else {
    return {};
  }
}

// The request_id of a mutation; empty for other requests.
template <typename Request>
std::string_view RequestIdOf(const Request& request) {
  if constexpr (requires { request.request_id(); }) {
    return request.request_id();
  } else {
    return {};
  }
}

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_RPC_REQUEST_FIELDS_H_
