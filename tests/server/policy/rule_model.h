#ifndef CIMD_TESTS_SERVER_POLICY_RULE_MODEL_H_
#define CIMD_TESTS_SERVER_POLICY_RULE_MODEL_H_

#include <string>
#include <utility>
#include <vector>

#include "tests/server/policy/decision_cases.h"

namespace cimd::policy {

// The written rules once more, as plainly as they can be said and without regard to cost: sets, regular expressions, no
// code of server/policy. What the real decisions are compared with.
struct ModelAnswer {
  std::vector<v1::CheckReason> reasons;
  std::vector<std::string> scopes;
  std::vector<std::pair<std::string, v1::DroppedScope::Reason>> dropped;
  // Of an authorization.
  bool error_may_redirect = false;
  std::vector<std::string> connections;
  // Of a token.
  bool refresh_token_allowed = false;
  bool document_changed = false;
  std::vector<v1::ChangeImpact> changed_since;
};

ModelAnswer Model(const World& world, const v1::AuthorizeRequestRequest& request);
ModelAnswer Model(const World& world, const v1::AuthorizeTokenRequestRequest& request);

}  // namespace cimd::policy

#endif  // CIMD_TESTS_SERVER_POLICY_RULE_MODEL_H_
