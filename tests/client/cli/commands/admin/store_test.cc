#include "client/cli/session/session.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/cli/cimdctl_fixture.h"

namespace cimd::cli {
namespace {

using cimd::testing::CimdctlResult;
using cimd::testing::CimdctlTest;
using ::testing::IsEmpty;
using ::testing::Not;

using RecoverTokenTest = CimdctlTest;

TEST_F(RecoverTokenTest, NeedsADirectoryWithAStore) {
  const CimdctlResult result = Run({"admin", "recover-token", "--data-dir", dir_.path() + "/none"});
  EXPECT_EQ(result.status, kExitFailed);
  EXPECT_THAT(result.out, IsEmpty());
  EXPECT_THAT(result.err, Not(IsEmpty()));
  EXPECT_EQ(Run({"admin", "recover-token"}).status, kExitUsage);
  EXPECT_THAT(server_.authorizations(), IsEmpty());
}

}  // namespace
}  // namespace cimd::cli
