#ifndef CIMD_TESTS_SERVER_POLICY_RULE_MODEL_H_
#define CIMD_TESTS_SERVER_POLICY_RULE_MODEL_H_

#include <string>
#include <utility>
#include <vector>

#include "tests/server/policy/decision_cases.h"

namespace cimd::policy {

// A second implementation of the written rules, to compare the real decisions with. It is as simple as possible,
// ignores cost, and uses no code of server/policy.
struct ModelAnswer {
  std::vector<v1::CheckReason> reasons;
  std::vector<std::string> scopes;
  std::vector<std::pair<std::string, v1::DroppedScope::Reason>> dropped;
  // For authorization requests only.
  bool error_may_redirect = false;
  std::vector<std::string> connections;
  // For token requests only.
  bool refresh_token_allowed = false;
  bool document_changed = false;
  std::vector<v1::ChangeImpact> changed_since;
};

ModelAnswer Model(const World& world, const v1::AuthorizeRequestRequest& request);
ModelAnswer Model(const World& world, const v1::AuthorizeTokenRequestRequest& request);

}  // namespace cimd::policy

#endif  // CIMD_TESTS_SERVER_POLICY_RULE_MODEL_H_
