#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/store.h"
#include "tests/conformance/store_conformance.h"
#include "tests/testing/eventually.h"
#include "tests/testing/status_matchers.h"

// Copies of a store that is in use.
namespace cimd::storage {
namespace {

using ::cimd::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::Lt;

TEST_P(StoreConformance, ACopyIsTheStoreAsItWas) {
  Put("a", "1");
  const Revision last = Put("b", "2");
  EXPECT_THAT(store().CopyTo(Directory("copy")), cimd::testing::IsOkAndHolds(last));
  Put("a", "changed");
  Delete("b");
  std::unique_ptr<Store> copy = OpenAt("copy");
  CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Snapshot> snapshot, copy->TakeSnapshot());
  EXPECT_THAT(Scan(*snapshot), ElementsAre("a=1", "b=2"));
  EXPECT_THAT(Scan(), ElementsAre("a=changed"));
}

TEST_P(StoreConformance, ACopyOfAnEmptyStoreIsAStore) {
  CIMD_ASSERT_OK(store().CopyTo(Directory("copy")));
  std::unique_ptr<Store> copy = OpenAt("copy");
  CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Snapshot> snapshot, copy->TakeSnapshot());
  EXPECT_THAT(Scan(*snapshot), ElementsAre());
}

TEST_P(StoreConformance, ACopyGoesOnWithRevisionsOfItsOwn) {
  Put("a", "1");
  const Revision copied = store().CurrentRevision();
  CIMD_ASSERT_OK(store().CopyTo(Directory("copy")));
  for (int i = 0; i < 100; ++i) Put("a", std::to_string(i));
  Revision before = 0;
  for (int opened = 0; opened < 2; ++opened) {
    std::unique_ptr<Store> copy = OpenAt("copy");
    if (opened == 0) {
      EXPECT_THAT(copy->CurrentRevision(), Gt(store().CurrentRevision()));
    } else {
      EXPECT_EQ(copy->CurrentRevision(), before) << "opening it again changes nothing";
    }
    // A reader with a position in the original's history, before or after the copy, has to start again.
    for (Revision after : {Revision{0}, copied, store().CurrentRevision()}) {
      EXPECT_THAT(copy->WatchChanges("", after), StatusIs(absl::StatusCode::kOutOfRange)) << after;
    }
    CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Watch> watch, copy->WatchChanges("", copy->CurrentRevision()));
    CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Transaction> transaction, copy->Begin());
    transaction->Put("b", "2");
    CIMD_ASSERT_OK_AND_ASSIGN(before, copy->Commit(std::move(transaction)));
    EXPECT_THAT(ToldUntil(*watch, before), ElementsAre(std::to_string(before) + ": b=2"));
  }
}

TEST_P(StoreConformance, ACopyIsNeverWrittenOverAnything) {
  Put("a", "1");
  CIMD_ASSERT_OK(store().CopyTo(Directory("copy")));
  EXPECT_THAT(store().CopyTo(Directory("copy")), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_FALSE(store().CopyTo(Directory("no/parent")).ok());
  Put("a", "2");
  std::unique_ptr<Store> copy = OpenAt("copy");
  CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Snapshot> snapshot, copy->TakeSnapshot());
  EXPECT_THAT(Scan(*snapshot), ElementsAre("a=1"));
}

// Each thread increments two keys in one commit. A copy must show the same value in both, and everything that was
// acknowledged before the copy began.
TEST_P(StoreConformance, CopiesMadeUnderLoadAreConsistentAndComplete) {
  constexpr int kThreads = 4;
  constexpr int kCopies = 5;
  Put("begin", "");
  std::atomic<bool> done = false;
  std::array<std::atomic<int>, kThreads> acknowledged = {};
  std::vector<std::thread> writers;
  for (int t = 0; t < kThreads; ++t) {
    writers.emplace_back([&, t] {
      for (int count = 1; !done; ++count) {
        std::unique_ptr<Transaction> transaction = Begin();
        const std::string value = std::to_string(count);
        transaction->Put("first" + std::to_string(t), value);
        transaction->Put("second" + std::to_string(t), value + std::string(2000, 'x'));
        CIMD_ASSERT_OK(store().Commit(std::move(transaction)));
        acknowledged.at(t) = count;
      }
    });
  }
  for (int i = 0; i < kCopies; ++i) {
    SCOPED_TRACE(i);
    EXPECT_TRUE(testing::Eventually([&] { return acknowledged[0] >= 20 * i; }, "the writers commit"));
    std::array<int, kThreads> before;
    for (int t = 0; t < kThreads; ++t) before.at(t) = acknowledged.at(t);
    const Revision current = store().CurrentRevision();
    const std::string name = "copy" + std::to_string(i);
    CIMD_EXPECT_OK(store().CopyTo(Directory(name)));
    std::unique_ptr<Store> copy = OpenAt(name);
    EXPECT_THAT(current, Lt(copy->CurrentRevision()));
    for (int t = 0; t < kThreads; ++t) {
      auto count_of = [&](const std::string& key) {
        int count = 0;
        absl::Status read = copy->Read(key + std::to_string(t), [&](std::string_view value, Revision) {
          count = std::stoi(std::string(value));
          return absl::OkStatus();
        });
        EXPECT_TRUE(read.ok() || absl::IsNotFound(read)) << read;
        return count;
      };
      EXPECT_GE(count_of("first"), before.at(t)) << "an acknowledged commit is missing";
      EXPECT_EQ(count_of("first"), count_of("second")) << "half a commit";
    }
  }
  done = true;
  for (std::thread& writer : writers) writer.join();
}

}  // namespace
}  // namespace cimd::storage
