#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/store.h"
#include "tests/conformance/store_conformance.h"
#include "tests/testing/status_matchers.h"

// Keys, values, revisions, snapshots and limits.
namespace cimd::storage {
namespace {

using ::cimd::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

absl::Status IgnoreValue(std::string_view, Revision) { return absl::OkStatus(); }

TEST_P(StoreConformance, StartsEmptyAtRevisionZero) {
  EXPECT_EQ(store().CurrentRevision(), 0);
  EXPECT_EQ(Read("a"), std::nullopt);
  EXPECT_THAT(Scan(), IsEmpty());
  CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Snapshot> snapshot, store().TakeSnapshot());
  EXPECT_EQ(snapshot->revision(), 0);
}

TEST_P(StoreConformance, EveryKeyKnowsTheRevisionThatLastWroteIt) {
  EXPECT_EQ(Put("a", "1"), 1);
  EXPECT_EQ(Put("b", "2"), 2);
  EXPECT_EQ(Put("a", "3"), 3);
  EXPECT_EQ(store().CurrentRevision(), 3);
  EXPECT_THAT(Read("a"), ::testing::Optional(::testing::FieldsAre("a", "3", 3)));
  EXPECT_THAT(Read("b"), ::testing::Optional(::testing::FieldsAre("b", "2", 2)));
  EXPECT_EQ(Delete("a"), 4);
  EXPECT_EQ(Read("a"), std::nullopt);
}

TEST_P(StoreConformance, KeysAreOrderedAsUnsignedBytesAndMayHoldAnyByte) {
  using namespace std::string_literals;
  const std::vector<std::string> keys = {"\0"s, "\0\0"s, "\0\xff"s, "\x01"s, "A"s,      "a"s,       "a\0"s,
                                         "aa"s, "\x7f"s, "\x80"s,   "\xff"s, "\xff\0"s, "\xff\xff"s};
  for (auto key = keys.rbegin(); key != keys.rend(); ++key) Put(*key, "");
  std::vector<std::string> expected;
  for (const std::string& key : keys) expected.push_back(key + "=");
  EXPECT_EQ(Scan(), expected);
  EXPECT_EQ(Scan({"a", ""}).size(), 8u);
  EXPECT_THAT(Scan({"", "\0\0"s}), ElementsAre("\0="s));
}

TEST_P(StoreConformance, ValuesMayBeEmptyAndHoldAnyByte) {
  using namespace std::string_literals;
  Put("empty", "");
  Put("bytes", "\0\xff\n\0"s);
  EXPECT_EQ(Read("empty")->value, "");
  EXPECT_EQ(Read("bytes")->value, "\0\xff\n\0"s);
}

TEST_P(StoreConformance, RangesAreHalfOpenAndLimited) {
  for (const char* key : {"a", "b", "c", "d"}) Put(key, "1");
  EXPECT_THAT(Scan({"b", "d"}), ElementsAre("b=1", "c=1"));
  EXPECT_THAT(Scan({"b", ""}), ElementsAre("b=1", "c=1", "d=1"));
  EXPECT_THAT(Scan({"", "b"}), ElementsAre("a=1"));
  EXPECT_THAT(Scan({"bb", "cc"}), ElementsAre("c=1"));
  EXPECT_THAT(Scan({"b", "b"}), IsEmpty());
  EXPECT_THAT(Scan({"c", "a"}), IsEmpty());
  EXPECT_THAT(Scan({"e", ""}), IsEmpty());
  EXPECT_THAT(Scan({}, 1), ElementsAre("a=1"));
  EXPECT_THAT(Scan({}, 3), ElementsAre("a=1", "b=1", "c=1"));
  EXPECT_EQ(Scan({}, 4).size(), 4u);
  EXPECT_EQ(Scan({}, 5).size(), 4u);
  CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Snapshot> snapshot, store().TakeSnapshot());
  EXPECT_THAT(snapshot->Scan({}, -1, [](auto...) { return true; }), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Begin()->Scan({}, -1), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(StoreConformance, AScanEndsWhenTheVisitorSaysSo) {
  for (const char* key : {"a", "b", "c"}) Put(key, "1");
  CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Snapshot> snapshot, store().TakeSnapshot());
  std::vector<std::string> seen;
  CIMD_EXPECT_OK(snapshot->Scan({}, 0, [&](std::string_view key, std::string_view, Revision) {
    seen.emplace_back(key);
    return key != "b";
  }));
  EXPECT_THAT(seen, ElementsAre("a", "b"));
}

TEST_P(StoreConformance, TheVisitorsErrorIsTheReadersAnswer) {
  Put("a", "1");
  auto refuse = [](std::string_view, Revision) { return absl::OutOfRangeError("mine"); };
  EXPECT_THAT(store().Read("a", refuse), StatusIs(absl::StatusCode::kOutOfRange, "mine"));
  EXPECT_THAT(store().Read("b", refuse), StatusIs(absl::StatusCode::kNotFound));
  CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Snapshot> snapshot, store().TakeSnapshot());
  EXPECT_THAT(snapshot->Read("a", refuse), StatusIs(absl::StatusCode::kOutOfRange, "mine"));
  EXPECT_THAT(snapshot->Read("b", refuse), StatusIs(absl::StatusCode::kNotFound));
}

TEST_P(StoreConformance, AnEmptyKeyIsRefusedEverywhere) {
  EXPECT_THAT(store().Read("", IgnoreValue), StatusIs(absl::StatusCode::kInvalidArgument));
  CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Snapshot> snapshot, store().TakeSnapshot());
  EXPECT_THAT(snapshot->Read("", IgnoreValue), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Begin()->Get(""), StatusIs(absl::StatusCode::kInvalidArgument));
  std::unique_ptr<Transaction> put = Begin();
  put->Put("", "1");
  EXPECT_THAT(store().Commit(std::move(put)), StatusIs(absl::StatusCode::kInvalidArgument));
  std::unique_ptr<Transaction> remove = Begin();
  remove->Put("a", "1");
  remove->Delete("");
  EXPECT_THAT(store().Commit(std::move(remove)), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(store().CurrentRevision(), 0);
}

TEST_P(StoreConformance, ASnapshotNeverChanges) {
  Put("a", "1");
  Put("b", "1");
  CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Snapshot> snapshot, store().TakeSnapshot());
  Put("a", "2");
  Delete("b");
  Put("c", "2");
  EXPECT_EQ(snapshot->revision(), 2);
  EXPECT_THAT(Scan(*snapshot), ElementsAre("a=1", "b=1"));
  std::string value;
  CIMD_EXPECT_OK(snapshot->Read("a", [&](std::string_view bytes, Revision revision) {
    value = bytes;
    EXPECT_EQ(revision, 1);
    return absl::OkStatus();
  }));
  EXPECT_EQ(value, "1");
  EXPECT_THAT(snapshot->Read("c", IgnoreValue), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Scan(), ElementsAre("a=2", "c=2"));
}

TEST_P(StoreConformance, EverythingIsThereAfterAReopenAndRevisionsGoOn) {
  Put("a", "1");
  Put("b", "2");
  Delete("a");
  Reopen();
  EXPECT_EQ(store().CurrentRevision(), 3);
  EXPECT_THAT(Scan(), ElementsAre("b=2"));
  EXPECT_EQ(Read("b")->revision, 2);
  EXPECT_EQ(Put("c", "3"), 4);
  Reopen();
  Reopen();
  EXPECT_EQ(Put("d", "4"), 5);
}

TEST_P(StoreConformance, RevisionsGrowAndAreNeverReused) {
  std::set<Revision> seen;
  Revision last = 0;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 5; ++i) {
      std::unique_ptr<Transaction> loser = Begin();
      CIMD_ASSERT_OK(loser->Get("a"));
      loser->Put("a", "loser");
      const Revision revision = Put("a", "winner");
      EXPECT_GT(revision, last);
      EXPECT_TRUE(seen.insert(revision).second);
      last = revision;
      EXPECT_THAT(store().Commit(std::move(loser)), StatusIs(absl::StatusCode::kAborted));
      EXPECT_EQ(store().CurrentRevision(), last);
    }
    Reopen();
  }
}

struct LimitCase {
  const char* name;
  size_t key_bytes;
  size_t value_bytes;
  int operations;
  const char* limit;
};

TEST_P(StoreConformance, LimitsAreKeptAndTheErrorSaysWhich) {
  const LimitCase within[] = {{"key", kMaxKeyBytes, 1, 1, ""},
                              {"value", 10, kMaxValueBytes, 1, ""},
                              {"operations", 10, 1, kMaxOperationsPerCommit, ""},
                              {"bytes", 1024, kMaxValueBytes - 1024, kMaxCommitBytes / kMaxValueBytes, ""}};
  const LimitCase beyond[] = {{"key", kMaxKeyBytes + 1, 1, 1, "4096"},
                              {"value", 10, kMaxValueBytes + 1, 1, "1048576"},
                              {"operations", 10, 1, kMaxOperationsPerCommit + 1, "128"},
                              {"bytes", 1025, kMaxValueBytes - 1024, kMaxCommitBytes / kMaxValueBytes, "8388608"}};
  auto commit = [&](const LimitCase& limits) {
    std::unique_ptr<Transaction> transaction = Begin();
    for (int i = 0; i < limits.operations; ++i) {
      std::string key = std::to_string(i);
      key.resize(limits.key_bytes, 'k');
      transaction->Put(std::move(key), std::string(limits.value_bytes, 'v'));
    }
    return store().Commit(std::move(transaction));
  };
  for (const LimitCase& limits : beyond) {
    EXPECT_THAT(commit(limits), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(limits.limit))) << limits.name;
  }
  EXPECT_THAT(Scan(), IsEmpty());
  EXPECT_EQ(store().CurrentRevision(), 0);
  for (const LimitCase& limits : within) CIMD_EXPECT_OK(commit(limits)) << limits.name;
}

TEST_P(StoreConformance, TheKeyLimitCountsWhatAppendAdds) {
  constexpr size_t kAdded = 12;
  for (size_t extra : {size_t{1}, size_t{0}}) {
    std::unique_ptr<Transaction> transaction = Begin();
    transaction->Append(std::string(kMaxKeyBytes - kAdded + extra, 'p'), "1");
    absl::StatusOr<Revision> revision = store().Commit(std::move(transaction));
    if (extra == 0) {
      CIMD_EXPECT_OK(revision);
    } else {
      EXPECT_THAT(revision, StatusIs(absl::StatusCode::kInvalidArgument));
    }
  }
}

TEST_P(StoreConformance, WritesOfOneKeyCountOnce) {
  std::unique_ptr<Transaction> transaction = Begin();
  for (int i = 0; i <= kMaxOperationsPerCommit; ++i) transaction->Put("a", std::to_string(i));
  CIMD_EXPECT_OK(store().Commit(std::move(transaction)));
  EXPECT_EQ(Read("a")->value, std::to_string(kMaxOperationsPerCommit));
}

}  // namespace
}  // namespace cimd::storage
