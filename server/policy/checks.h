#ifndef CIMD_SERVER_POLICY_CHECKS_H_
#define CIMD_SERVER_POLICY_CHECKS_H_

#include <string>
#include <string_view>

#include "cimd/v1/grants_service.pb.h"

namespace cimd::policy {

// The stage of a flow that a decision is about. The OAuth error for a failed check depends on it.
enum class FlowStage {
  // The authorization endpoint (RFC 6749 section 4.1.2.1).
  kAuthorization,
  // The token endpoint, for the code or refresh token of an earlier authorization (section 5.2). Access that has been
  // withdrawn since is invalid_grant; on that error, clients start a new authorization.
  kRedemption,
  // The token endpoint, for a client that acts for itself.
  kClientCredentials,
};

// The OAuth error for a check that failed over `parameter`: RFC 6749 sections 4.1.2.1 and 5.2, RFC 8707 section 2.
std::string_view OAuthError(v1::CheckReason reason, FlowStage stage, std::string_view parameter);

// `text` for use in descriptions: in single quotes, with "?" for every byte that RFC 6749 section 5.2 does not allow in
// an error_description, cut after 80 bytes. `text` comes from an attacker.
std::string Quoted(std::string_view text);

// Collects all failed checks of a decision. Checks are made in order of precedence; the first failure becomes the
// answer's error:
//
//   authorization: tenant and client, redirect URI, form of the parameters, response type, PKCE, grant type, API,
//                  grant, scopes, connection
//   token:         tenant and client, client authentication, form of the parameters, grant type, what the
//                  authorization relied on, API, grant, scopes
//
// Failures that leave the client unidentified come first: they must not be redirected. Then come failures that the
// client's developer can fix, then those that only the tenant's admin can fix.
class Checks {
 public:
  // Appends to `failed`, which must outlive this.
  Checks(FlowStage stage, google::protobuf::RepeatedPtrField<v1::FailedCheck>& failed)
      : stage_(stage), failed_(failed) {}

  // `parameter` is the request parameter at fault, or empty. `description` may contain text from the request only as
  // Quoted().
  void Fail(v1::CheckReason reason, std::string_view parameter, std::string description);

  // Whether no check has failed so far.
  bool passed() const { return failed_.empty(); }
  FlowStage stage() const { return stage_; }

 private:
  const FlowStage stage_;
  google::protobuf::RepeatedPtrField<v1::FailedCheck>& failed_;
};

}  // namespace cimd::policy

#endif  // CIMD_SERVER_POLICY_CHECKS_H_
