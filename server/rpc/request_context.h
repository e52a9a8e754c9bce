#ifndef CIMD_SERVER_RPC_REQUEST_CONTEXT_H_
#define CIMD_SERVER_RPC_REQUEST_CONTEXT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "cimd/v1/admin_service.pb.h"
#include "google/protobuf/message.h"
#include "server/rpc/method_table.h"

namespace cimd::rpc {

// An authenticated caller. Holds no secret. The issuer of the credential may have chosen id and name, so logs and
// events quote them.
struct Caller {
  v1::CallerKind kind = v1::CALLER_KIND_UNSPECIFIED;
  // Id of the access token ("tok_..."), subject of the JWT, or identity in the certificate.
  std::string id{};
  // For people: display name of the access token, issuer of the JWT or of the certificate.
  std::string name{};
  std::vector<std::string> scopes{};
  // Id of the tenant the caller is bound to; empty for a platform caller.
  std::string tenant{};
  // When the credential expires.
  absl::Time expire_time = absl::InfiniteFuture();
  // For Authenticator::CheckStanding: the SHA-256 of the access token, empty for other kinds, and the revision of the
  // identity rules that admitted a JWT or a certificate.
  std::string token_digest{};
  int64_t identity_revision = 0;
};

// A key for limits and queues that differs for each caller, whatever ids and names issuers choose.
inline std::string CallerKey(const Caller& caller) {
  std::string key(1, static_cast<char>(caller.kind));
  for (const std::string& part : {caller.tenant, caller.id, caller.name}) key.append(part).push_back('\0');
  return key;
}

// Runs a handler once more.
using Resume = absl::AnyInvocable<void() &&>;

// Starts an operation and calls its argument when that is done, from any thread, perhaps before it returns. Or returns
// false and never calls it.
using Postponement = absl::AnyInvocable<bool(Resume) &&>;

// One call, from its arrival to its answer. Belongs to the thread that runs the call. Not thread-safe.
struct RequestContext {
  const Method& method;
  Caller caller;
  // Id of the tenant whose resource the request names; empty when it names none or the name is malformed, which
  // handlers then refuse. Chosen by the caller, checked against caller.tenant by the authorizer.
  std::string tenant;
  // The request as handlers get it when it named the caller's tenant as "tenants/-": a copy with the tenant filled in.
  std::shared_ptr<const google::protobuf::Message> filled_in_request{};
  // When the call arrived.
  absl::Time now;
  absl::Time deadline = absl::InfiniteFuture();
  // Network address of the peer, as the transport names it.
  std::string peer;
  // The W3C trace context to forward: the caller's trace with a new parent id. Empty when the caller sent none or a
  // malformed one.
  std::string traceparent;
  // For logs: the request_id of a mutation, else the x-request-id of the metadata. The caller chose its bytes, 128 at
  // most.
  std::string request_id{};
  // Set by a handler that could give a better answer after some operation. If the postponement starts it, the present
  // answer is dropped and the handler runs once more afterwards; if it returns false, the present answer is sent.
  Postponement postpone = nullptr;
  // Whether this is the second run, which cannot postpone again.
  bool resumed = false;
  // The OAuth error of a denied decision; empty for other answers. Set by handlers, for metrics.
  std::string verdict{};
  // Whether the call was cancelled or its deadline has passed. For long work to ask between its steps.
  std::function<bool()> is_cancelled = [] { return false; };
};

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_RPC_REQUEST_CONTEXT_H_
