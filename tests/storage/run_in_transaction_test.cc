#include "storage/run_in_transaction.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "storage/store.h"
#include "tests/storage/store_directory.h"
#include "tests/testing/status_matchers.h"

namespace cimd::storage {
namespace {

using ::cimd::testing::IsOkAndHolds;
using ::cimd::testing::StatusIs;

class RunInTransactionTest : public ::testing::Test {
 protected:
  void SetUp() override { CIMD_ASSERT_OK_AND_ASSIGN(store_, directory_.Open()); }

  StoreDirectory directory_;
  std::unique_ptr<Store> store_;
};

TEST_F(RunInTransactionTest, CommitsAndReturnsTheRevision) {
  auto put = [](Transaction& transaction) {
    transaction.Put("a", "1");
    return absl::OkStatus();
  };
  EXPECT_THAT(RunInTransaction(*store_, put), IsOkAndHolds(1));
  EXPECT_THAT(Get(*store_, "a"), IsOkAndHolds("1"));
}

TEST_F(RunInTransactionTest, RunsTheBodyAgainAfterAConflict) {
  int runs = 0;
  absl::StatusOr<Revision> revision = RunInTransaction(*store_, [&](Transaction& transaction) {
    ++runs;
    CIMD_EXPECT_OK(transaction.Get("a"));
    if (runs <= 3) {
      CIMD_EXPECT_OK(Put(*store_, "a", "other"));
    }
    transaction.Put("a", "mine");
    return absl::OkStatus();
  });
  EXPECT_THAT(revision, IsOkAndHolds(4));
  EXPECT_EQ(runs, 4);
  EXPECT_THAT(Get(*store_, "a"), IsOkAndHolds("mine"));
}

TEST_F(RunInTransactionTest, GivesUpAfterTheLastAttempt) {
  int runs = 0;
  absl::StatusOr<Revision> revision = RunInTransaction(*store_, [&](Transaction& transaction) {
    ++runs;
    CIMD_EXPECT_OK(transaction.Get("a"));
    CIMD_EXPECT_OK(Put(*store_, "a", "other"));
    transaction.Put("a", "mine");
    return absl::OkStatus();
  });
  EXPECT_THAT(revision, StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(runs, kMaxTransactionAttempts);
  EXPECT_THAT(Get(*store_, "a"), IsOkAndHolds("other"));
}

TEST_F(RunInTransactionTest, TheBodysErrorEndsItEvenWhenItIsAborted) {
  for (absl::StatusCode code : {absl::StatusCode::kAborted, absl::StatusCode::kNotFound}) {
    int runs = 0;
    absl::StatusOr<Revision> revision = RunInTransaction(*store_, [&](Transaction& transaction) {
      ++runs;
      transaction.Put("a", "1");
      return absl::Status(code, "the etag does not match");
    });
    EXPECT_THAT(revision, StatusIs(code, "the etag does not match"));
    EXPECT_EQ(runs, 1);
  }
  EXPECT_THAT(Get(*store_, "a"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(RunInTransactionTest, OtherErrorsOfCommitAreNotRetried) {
  int runs = 0;
  absl::StatusOr<Revision> revision = RunInTransaction(*store_, [&](Transaction& transaction) {
    ++runs;
    transaction.Put("a", std::string(kMaxValueBytes + 1, 'v'));
    return absl::OkStatus();
  });
  EXPECT_THAT(revision, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(runs, 1);
}

}  // namespace
}  // namespace cimd::storage
