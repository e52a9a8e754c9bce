#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/store.h"
#include "tests/conformance/sequential_model.h"
#include "tests/conformance/store_conformance.h"
#include "tests/testing/status_matchers.h"

// Random transactions from many threads. Afterwards each one runs again on a std::map in the order of revisions. Every
// read must have returned the same result, and the watch must have reported exactly these commits.
namespace cimd::storage {
namespace {

TEST_P(StoreConformance, RandomTransactionsAreSerializableAndWatched) {
  constexpr int kThreads = 4;
  constexpr int kTransactions = 120;
  const uint64_t seed = TestSeed();
  SCOPED_TRACE("seed " + std::to_string(seed));

  store();
  std::vector<std::vector<Committed>> committed(kThreads);
  std::vector<std::pair<Revision, Model>> snapshots;
  std::vector<ChangeBatch> told;
  std::atomic<int> aborted = 0;
  std::atomic<bool> done = false;

  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      Random random(seed + t);
      for (int i = 0; i < kTransactions; ++i) {
        absl::StatusOr<std::unique_ptr<Transaction>> transaction = store().Begin();
        CIMD_ASSERT_OK(transaction);
        Committed commit;
        const int steps = 1 + Below(random, 6);
        for (int s = 0; s < steps; ++s) {
          const std::string value = std::to_string(t) + "." + std::to_string(i) + "." + std::to_string(s);
          commit.steps.push_back(RandomStep(random, value));
          CIMD_ASSERT_OK(Apply(commit.steps.back(), **transaction));
          if (Below(random, 3) == 0) std::this_thread::yield();
        }
        commit.writes = Writes(commit.steps);
        absl::StatusOr<Revision> revision = store().Commit(*std::move(transaction));
        if (absl::IsAborted(revision.status())) {
          ++aborted;
          continue;
        }
        CIMD_ASSERT_OK(revision);
        commit.revision = *revision;
        committed[t].push_back(std::move(commit));
      }
    });
  }
  std::thread snapshotter([&] {
    while (!done) {
      absl::StatusOr<std::unique_ptr<Snapshot>> snapshot = store().TakeSnapshot();
      CIMD_ASSERT_OK(snapshot);
      snapshots.emplace_back((*snapshot)->revision(), AllOf(**snapshot));
      std::this_thread::yield();
      if (snapshots.size() > 300) return;
    }
  });
  std::thread watcher([&] {
    absl::StatusOr<std::unique_ptr<Watch>> watch = store().WatchChanges("", 0);
    CIMD_ASSERT_OK(watch);
    while (true) {
      const bool last_look = done;
      absl::StatusOr<ChangeBatch> batch = (*watch)->Next(absl::Milliseconds(5));
      CIMD_ASSERT_OK(batch);
      if (!batch->changes.empty()) {
        told.push_back(*std::move(batch));
      } else if (last_look && batch->revision == store().CurrentRevision()) {
        return;
      }
    }
  });
  for (std::thread& thread : threads) thread.join();
  done = true;
  snapshotter.join();
  watcher.join();

  std::vector<Committed> writers, readers;
  for (std::vector<Committed>& of_thread : committed) {
    for (Committed& commit : of_thread) (commit.writes ? writers : readers).push_back(std::move(commit));
  }
  std::sort(writers.begin(), writers.end(), [](auto& a, auto& b) { return a.revision < b.revision; });
  ASSERT_FALSE(writers.empty());
  EXPECT_GT(aborted, 0) << "the threads never met; the test proves little";

  std::map<Revision, Model> states = {{0, {}}};
  Model model;
  ASSERT_EQ(told.size(), writers.size());
  for (size_t i = 0; i < writers.size(); ++i) {
    const Changes changes = Replay(writers[i], model);
    EXPECT_TRUE(states.emplace(writers[i].revision, model).second) << "revision " << writers[i].revision << " twice";
    EXPECT_EQ(told[i].revision, writers[i].revision);
    EXPECT_EQ(ChangesOf(told[i]), changes);
  }
  auto state_at = [&](Revision revision) -> Model& { return std::prev(states.upper_bound(revision))->second; };
  for (const Committed& reader : readers) {
    Model state = state_at(reader.revision);
    Replay(reader, state);
  }
  for (const auto& [revision, all] : snapshots) EXPECT_TRUE(all == state_at(revision)) << "snapshot of " << revision;

  for (bool reopened : {false, true}) {
    if (reopened) Reopen();
    CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<Snapshot> snapshot, store().TakeSnapshot());
    EXPECT_TRUE(AllOf(*snapshot) == model);
    EXPECT_EQ(store().CurrentRevision(), writers.back().revision);
  }
}

}  // namespace
}  // namespace cimd::storage
