#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/run_in_transaction.h"
#include "storage/store.h"
#include "tests/conformance/store_conformance.h"
#include "tests/testing/status_matchers.h"

// A transaction's own writes, conflicts, appends, and many threads at once.
namespace cimd::storage {
namespace {

using ::cimd::testing::IsOkAndHolds;
using ::cimd::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::FieldsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

constexpr auto kAborted = absl::StatusCode::kAborted;

TEST_P(StoreConformance, ATransactionReadsItsOwnWrites) {
  Put("a", "old");
  Put("b", "old");
  std::unique_ptr<Transaction> transaction = Begin();
  EXPECT_THAT(transaction->Get("a"), IsOkAndHolds(Optional(FieldsAre("a", "old", 1))));
  transaction->Put("a", "new");
  EXPECT_THAT(transaction->Get("a"), IsOkAndHolds(Optional(FieldsAre("a", "new", 0))));
  transaction->Delete("b");
  EXPECT_THAT(transaction->Get("b"), IsOkAndHolds(Eq(std::nullopt)));
  transaction->Delete("a");
  EXPECT_THAT(transaction->Get("a"), IsOkAndHolds(Eq(std::nullopt)));
  transaction->Put("a", "newest");
  EXPECT_THAT(transaction->Get("a"), IsOkAndHolds(Optional(FieldsAre("a", "newest", 0))));
  transaction->Put("c", "new");
  EXPECT_THAT(Scan(*transaction), ElementsAre("a=newest", "c=new"));
  EXPECT_THAT(Scan(), ElementsAre("a=old", "b=old"));
  CIMD_EXPECT_OK(store().Commit(std::move(transaction)));
  EXPECT_THAT(Scan(), ElementsAre("a=newest", "c=new"));
}

TEST_P(StoreConformance, ALimitedScanCountsOwnWritesAndNotOwnDeletes) {
  for (const char* key : {"b", "d", "f", "h"}) Put(key, "1");
  std::unique_ptr<Transaction> transaction = Begin();
  transaction->Delete("b");
  transaction->Put("c", "2");
  transaction->Delete("d");
  transaction->Put("f", "2");
  transaction->Put("z", "2");
  transaction->Delete("x");
  EXPECT_THAT(Scan(*transaction), ElementsAre("c=2", "f=2", "h=1", "z=2"));
  EXPECT_THAT(Scan(*transaction, {}, 1), ElementsAre("c=2"));
  EXPECT_THAT(Scan(*transaction, {}, 2), ElementsAre("c=2", "f=2"));
  EXPECT_THAT(Scan(*transaction, {}, 3), ElementsAre("c=2", "f=2", "h=1"));
  EXPECT_THAT(Scan(*transaction, {}, 9), ElementsAre("c=2", "f=2", "h=1", "z=2"));
  EXPECT_THAT(Scan(*transaction, {"d", "h"}, 0), ElementsAre("f=2"));
  EXPECT_THAT(Scan(*transaction, {"i", ""}, 1), ElementsAre("z=2"));
  EXPECT_THAT(Scan(*transaction, {"z", "a"}, 0), IsEmpty());
}

TEST_P(StoreConformance, DroppingATransactionUndoesIt) {
  {
    std::unique_ptr<Transaction> transaction = Begin();
    transaction->Put("a", "1");
    transaction->Append("log/", "1");
  }
  EXPECT_THAT(Scan(), IsEmpty());
  EXPECT_EQ(store().CurrentRevision(), 0);
}

TEST_P(StoreConformance, ACommitIsAllOrNothing) {
  std::unique_ptr<Transaction> good = Begin();
  good->Put("a", "1");
  good->Put("b", "1");
  good->Delete("c");
  CIMD_EXPECT_OK(store().Commit(std::move(good)));
  std::unique_ptr<Transaction> bad = Begin();
  bad->Put("a", "2");
  bad->Delete("b");
  bad->Put("c", std::string(kMaxValueBytes + 1, 'v'));
  EXPECT_THAT(store().Commit(std::move(bad)), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Scan(), ElementsAre("a=1", "b=1"));
}

// A transaction reads, another one commits, and then the first one writes something unrelated.
struct ConflictCase {
  const char* name;
  std::function<absl::Status(Transaction&)> read;
  std::function<void(Transaction&)> change;
  bool conflicts;
};

TEST_P(StoreConformance, ACommitFailsExactlyWhenItsReadsWouldAnswerDifferently) {
  auto get = [](std::string key) { return [key](Transaction& t) { return t.Get(key).status(); }; };
  auto scan = [](KeyRange range, int limit) { return [=](Transaction& t) { return t.Scan(range, limit).status(); }; };
  auto put = [](std::string key) { return [key](Transaction& t) { t.Put(key, "changed"); }; };
  auto remove = [](std::string key) { return [key](Transaction& t) { t.Delete(key); }; };
  auto append = [](std::string prefix) { return [prefix](Transaction& t) { t.Append(prefix, "changed"); }; };
  const ConflictCase cases[] = {
      {"changed key", get("m1"), put("m1"), true},
      {"deleted key", get("m1"), remove("m1"), true},
      {"inserted key", get("m0"), put("m0"), true},
      {"other key", get("m1"), put("m3"), false},
      {"change in range", scan({"m", "n"}, 0), put("m3"), true},
      {"insertion in range", scan({"m", "n"}, 0), put("m4"), true},
      {"insertion at begin", scan({"m", "n"}, 0), put("m"), true},
      {"deletion in range", scan({"m", "n"}, 0), remove("m3"), true},
      {"append in range", scan({"m", "n"}, 0), append("m/"), true},
      {"insertion at end of range", scan({"m", "n"}, 0), put("n"), false},
      {"insertion before range", scan({"m", "n"}, 0), put("l"), false},
      {"insertion in empty range", scan({"x", "y"}, 0), put("x5"), true},
      {"insertion in open range", scan({"x", ""}, 0), put("zzz"), true},
      {"before open range", scan({"x", ""}, 0), put("w"), false},
      {"beyond the limit", scan({"m", "n"}, 2), put("m4"), false},
      {"deletion beyond the limit", scan({"m", "n"}, 2), remove("m5"), false},
      {"within the limit", scan({"m", "n"}, 2), put("m2"), true},
      {"last entry within the limit", scan({"m", "n"}, 2), put("m3"), true},
      {"limit not reached", scan({"m", "n"}, 9), put("m7"), true},
      {"range that is empty by definition", scan({"n", "m"}, 0), put("m4"), false},
  };
  for (const ConflictCase& c : cases) {
    SCOPED_TRACE(c.name);
    std::unique_ptr<Transaction> reset = Begin();
    for (const char* key : {"l", "m", "m0", "m2", "m4", "m7", "n", "w", "x5", "zzz"}) reset->Delete(key);
    for (const char* key : {"m1", "m3", "m5"}) reset->Put(key, "1");
    CIMD_ASSERT_OK_AND_ASSIGN(std::vector<Entry> log, reset->Scan(PrefixRange("m/"), 0));
    for (const Entry& entry : log) reset->Delete(entry.key);
    CIMD_ASSERT_OK(store().Commit(std::move(reset)));

    std::unique_ptr<Transaction> first = Begin();
    CIMD_ASSERT_OK(c.read(*first));
    first->Put("result", c.name);
    std::unique_ptr<Transaction> second = Begin();
    c.change(*second);
    CIMD_ASSERT_OK(store().Commit(std::move(second)));
    absl::StatusOr<Revision> revision = store().Commit(std::move(first));
    if (c.conflicts) {
      EXPECT_THAT(revision, StatusIs(kAborted));
    } else {
      CIMD_EXPECT_OK(revision);
      EXPECT_EQ(Read("result")->value, c.name);
    }
  }
}

TEST_P(StoreConformance, OwnWritesInALimitedScanStillProtectWhatWasSeen) {
  Put("b", "1");
  Put("d", "1");
  std::unique_ptr<Transaction> transaction = Begin();
  transaction->Put("c", "own");
  EXPECT_THAT(Scan(*transaction, {"a", "z"}, 2), ElementsAre("b=1", "c=own"));
  Put("bb", "2");
  EXPECT_THAT(store().Commit(std::move(transaction)), StatusIs(kAborted));
}

TEST_P(StoreConformance, NoUpdateIsLost) {
  Put("counter", "1");
  std::unique_ptr<Transaction> first = Begin();
  std::unique_ptr<Transaction> second = Begin();
  for (Transaction* transaction : {first.get(), second.get()}) {
    CIMD_ASSERT_OK(transaction->Get("counter"));
    transaction->Put("counter", "2");
  }
  CIMD_EXPECT_OK(store().Commit(std::move(second)));
  EXPECT_THAT(store().Commit(std::move(first)), StatusIs(kAborted));
}

TEST_P(StoreConformance, NoWriteSkew) {
  Put("alice", "on call");
  Put("bob", "on call");
  std::unique_ptr<Transaction> first = Begin();
  std::unique_ptr<Transaction> second = Begin();
  EXPECT_EQ(Scan(*first).size(), 2u);
  EXPECT_EQ(Scan(*second).size(), 2u);
  first->Delete("alice");
  second->Delete("bob");
  CIMD_EXPECT_OK(store().Commit(std::move(first)));
  EXPECT_THAT(store().Commit(std::move(second)), StatusIs(kAborted));
}

TEST_P(StoreConformance, WritesWithoutReadsDoNotConflict) {
  std::unique_ptr<Transaction> first = Begin();
  std::unique_ptr<Transaction> second = Begin();
  first->Put("a", "first");
  second->Put("a", "second");
  CIMD_EXPECT_OK(store().Commit(std::move(second)));
  CIMD_EXPECT_OK(store().Commit(std::move(first)));
  EXPECT_EQ(Read("a")->value, "first");
}

TEST_P(StoreConformance, AReadOnlyTransactionAnswersForItsSnapshot) {
  Put("a", "1");
  std::unique_ptr<Transaction> transaction = Begin();
  EXPECT_THAT(transaction->Get("a"), IsOkAndHolds(Optional(FieldsAre("a", "1", 1))));
  Put("a", "2");
  EXPECT_THAT(Scan(*transaction), ElementsAre("a=1"));
  EXPECT_THAT(store().Commit(std::move(transaction)), IsOkAndHolds(1));
  EXPECT_EQ(store().CurrentRevision(), 2);
}

TEST_P(StoreConformance, AppendsSortInTheOrderOfCommitsAndDoNotConflict) {
  std::unique_ptr<Transaction> late = Begin();
  late->Append("log/", "late 0");
  late->Put("b", "1");
  late->Append("log/", "late 1");
  std::unique_ptr<Transaction> early = Begin();
  CIMD_ASSERT_OK(early->Get("other"));
  early->Append("log/", "early 0");
  EXPECT_THAT(Scan(*early, PrefixRange("log/")), IsEmpty()) << "appends are not seen by the transaction's own reads";
  std::unique_ptr<Transaction> reader = Begin();
  EXPECT_THAT(Scan(*reader, PrefixRange("log/")), IsEmpty());
  reader->Put("saw", "nothing");

  std::unique_ptr<Transaction> writer = Begin();
  writer->Append("log/", "first");
  CIMD_ASSERT_OK(store().Commit(std::move(writer)));
  EXPECT_THAT(store().Commit(std::move(early)), StatusIs(kAborted)) << "it scanned the log";
  CIMD_ASSERT_OK_AND_ASSIGN(Revision revision, store().Commit(std::move(late)));
  EXPECT_THAT(store().Commit(std::move(reader)), StatusIs(kAborted));

  std::vector<std::string> values;
  std::vector<std::string> keys;
  CIMD_ASSERT_OK_AND_ASSIGN(std::vector<Entry> log, Begin()->Scan(PrefixRange("log/"), 0));
  for (const Entry& entry : log) {
    values.push_back(entry.value);
    keys.push_back(entry.key);
  }
  EXPECT_THAT(values, ElementsAre("first", "late 0", "late 1"));
  using namespace std::string_literals;
  ASSERT_EQ(revision, 2);
  EXPECT_THAT(keys, ElementsAre("log/\0\0\0\0\0\0\0\1\0\0\0\0"s, "log/\0\0\0\0\0\0\0\2\0\0\0\0"s,
                                "log/\0\0\0\0\0\0\0\2\0\0\0\1"s));
}

TEST_P(StoreConformance, ManyThreadsIncrementOneCounter) {
  constexpr int kThreads = 8;
  constexpr int kIncrements = 20;
  Put("counter", "0");
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < kIncrements; ++n) {
        absl::StatusOr<Revision> revision;
        do {
          revision = RunInTransaction(store(), [](Transaction& transaction) {
            absl::StatusOr<std::optional<Entry>> entry = transaction.Get("counter");
            if (!entry.ok()) return entry.status();
            transaction.Put("counter", std::to_string(std::stoi((*entry)->value) + 1));
            return absl::OkStatus();
          });
        } while (absl::IsAborted(revision.status()));
        CIMD_EXPECT_OK(revision);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Read("counter")->value, std::to_string(kThreads * kIncrements));
  EXPECT_EQ(store().CurrentRevision(), 1 + kThreads * kIncrements);
}

TEST_P(StoreConformance, ThreadsWithKeysOfTheirOwnNeverConflict) {
  constexpr int kThreads = 16;
  constexpr int kCommits = 15;
  store();
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, prefix = std::to_string(100 + i) + "/"] {
      for (int n = 0; n < kCommits; ++n) {
        absl::StatusOr<std::unique_ptr<Transaction>> transaction = store().Begin();
        CIMD_ASSERT_OK(transaction);
        CIMD_ASSERT_OK_AND_ASSIGN(std::vector<Entry> entries, (*transaction)->Scan(PrefixRange(prefix), 0));
        EXPECT_EQ(entries.size(), static_cast<size_t>(n));
        CIMD_ASSERT_OK((*transaction)->Get(prefix + "last"));
        (*transaction)->Put(prefix + std::to_string(1000 + n), "1");
        CIMD_ASSERT_OK(store().Commit(*std::move(transaction)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Scan().size(), static_cast<size_t>(kThreads * kCommits));
}

}  // namespace
}  // namespace cimd::storage
