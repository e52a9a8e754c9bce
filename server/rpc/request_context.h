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

// Who is calling, as the authenticator found out. Holds no secret. Id and name may have been chosen by whoever made the
// credential, so logs and events quote them.
struct Caller {
  v1::CallerKind kind = v1::CALLER_KIND_UNSPECIFIED;
  // Id of the access token ("tok_..."), subject of the JWT, or identity in the certificate.
  std::string id{};
  // For people: display name of the access token, issuer of the JWT or of the certificate.
  std::string name{};
  std::vector<std::string> scopes{};
  // Id of the tenant the caller is bound to; empty for a platform caller.
  std::string tenant{};
  // When the credential stops working.
  absl::Time expire_time = absl::InfiniteFuture();
  // How the credential is found again, for Authenticator::CheckStanding: SHA-256 of the access token, empty for other
  // kinds; and the state of the identity rules that let in a JWT or a certificate.
  std::string token_digest{};
  int64_t identity_revision = 0;
};

// Tells callers apart, for what they share. No text of a person's or a tenant's choice is equal to one.
inline std::string CallerKey(const Caller& caller) {
  std::string key(1, static_cast<char>(caller.kind));
  for (const std::string& part : {caller.tenant, caller.id, caller.name}) key.append(part).push_back('\0');
  return key;
}

// Runs a handler once more.
using Resume = absl::AnyInvocable<void() &&>;

// Begins something that takes a while and calls its argument when that is over, from any thread, perhaps before it
// returns; or returns false and never calls it.
using Postponement = absl::AnyInvocable<bool(Resume) &&>;

// One call, from its arrival to its answer. Belongs to the thread that runs the call.
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
  // W3C trace context to pass on: the caller's trace with a parent id of this call's own; empty when the caller sent
  // none or a malformed one.
  std::string traceparent;
  // For logs: the request_id of a mutation, else the x-request-id of the call's metadata. Whatever bytes the caller chose, at
  // most 128.
  std::string request_id{};
  // Set by a handler that must not block but could give a better answer later: when the postponement takes place, the
  // handler runs once more and the answer at hand is dropped; when it does not, that answer is given.
  Postponement postpone = nullptr;
  // Whether this is that other time, in which postponing is not possible.
  bool resumed = false;
  // What an answer says, in a word from this program, when it is not simply yes: the error of a denied decision. Set by
  // handlers, for metrics.
  std::string verdict{};
  // Whether nobody waits for the answer any more. For long work to ask between its steps.
  std::function<bool()> is_cancelled = [] { return false; };
};

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_RPC_REQUEST_CONTEXT_H_
