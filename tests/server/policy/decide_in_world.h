#ifndef CIMD_TESTS_SERVER_POLICY_DECIDE_IN_WORLD_H_
#define CIMD_TESTS_SERVER_POLICY_DECIDE_IN_WORLD_H_

#include "tests/server/policy/decision_cases.h"

namespace cimd::policy {

inline constexpr int64_t kRevision = 42;

// Looks up the facts that the decision needs, as a service does, and decides.
v1::AuthorizeRequestResponse Decide(const World& world, const v1::AuthorizeRequestRequest& request);
v1::AuthorizeTokenRequestResponse Decide(const World& world, const v1::AuthorizeTokenRequestRequest& request);

}  // namespace cimd::policy

#endif  // CIMD_TESTS_SERVER_POLICY_DECIDE_IN_WORLD_H_
