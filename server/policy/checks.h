#ifndef CIMD_SERVER_POLICY_CHECKS_H_
#define CIMD_SERVER_POLICY_CHECKS_H_

#include <string>
#include <string_view>

#include "cimd/v1/grants_service.pb.h"

namespace cimd::policy {

// The point in a flow that a decision is about. The same failure is another OAuth error at each.
enum class FlowStage {
  // The authorization endpoint (RFC 6749 section 4.1.2.1).
  kAuthorization,
  // The token endpoint, for an earlier authorization: its code or its refresh token (section 5.2). What has been
  // withdrawn since is invalid_grant, upon which clients ask for authorization anew and learn what is left.
  kRedemption,
  // The token endpoint, for the client itself.
  kClientCredentials,
};

// The OAuth error for a check that failed over `parameter`: RFC 6749 sections 4.1.2.1 and 5.2, RFC 8707 section 2.
std::string_view OAuthError(v1::CheckReason reason, FlowStage stage, std::string_view parameter);

// `text` (attacker-controlled) as descriptions quote it: in single quotes, with "?" for every byte that an OAuth
// error_description must not have (RFC 6749 section 5.2), cut short after 80 bytes.
std::string Quoted(std::string_view text);

// Collects the checks that fail, for a decision that lists them all. Checks are made in order of precedence, so that
// the first failure is the one that is answered with:
//
//   authorization: tenant and client, redirect URI, form of the parameters, response type, PKCE, grant type, API,
//                  grant, scopes, connection
//   token:         tenant and client, client authentication, form of the parameters, grant type, what the
//                  authorization relied on, API, grant, scopes
//
// Whoever the client cannot be told by comes first, for such errors must never be redirected; then what the client's
// developer can mend; then what only the tenant's admin can.
class Checks {
 public:
  // Adds to `failed`, which has to outlive this.
  Checks(FlowStage stage, google::protobuf::RepeatedPtrField<v1::FailedCheck>& failed)
      : stage_(stage), failed_(failed) {}

  // `parameter` is the one at fault, empty when there is none. `description` consists of our own words and of Quoted
  // text.
  void Fail(v1::CheckReason reason, std::string_view parameter, std::string description);

  // Whether no check failed so far.
  bool passed() const { return failed_.empty(); }
  FlowStage stage() const { return stage_; }

 private:
  const FlowStage stage_;
  google::protobuf::RepeatedPtrField<v1::FailedCheck>& failed_;
};

}  // namespace cimd::policy

#endif  // CIMD_SERVER_POLICY_CHECKS_H_
