#ifndef CIMD_SERVER_RPC_REQUEST_CONTEXT_H_
#define CIMD_SERVER_RPC_REQUEST_CONTEXT_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/rpc/method_table.h"

namespace cimd::rpc {

// Who is calling, as the authenticator found out.
struct Caller {
  // Name of the access token.
  std::string name;
  std::vector<std::string> scopes;
  // Id of the tenant the caller is bound to; empty for a platform caller.
  std::string tenant;
};

// One call, from its arrival to its answer. Belongs to the thread that runs the call.
struct RequestContext {
  const Method& method;
  Caller caller;
  // Id of the tenant whose resource the request names; empty when it names none or the name is malformed, which
  // handlers then refuse. Chosen by the caller, checked against caller.tenant by the authorizer.
  std::string tenant;
  // When the call arrived.
  absl::Time now;
  absl::Time deadline = absl::InfiniteFuture();
  // Network address of the peer, as the transport names it.
  std::string peer;
  // W3C trace context, empty when the caller sent none or a malformed one.
  std::string traceparent;
};

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_RPC_REQUEST_CONTEXT_H_
