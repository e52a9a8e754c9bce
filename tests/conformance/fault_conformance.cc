#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <latch>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/store.h"
#include "tests/conformance/sequential_model.h"
#include "tests/conformance/store_conformance.h"
#include "tests/testing/status_matchers.h"

// Random transactions from many threads during faults: abandoned transactions, watches that are cut off, cancelled or
// too late, copies, and a store that is closed and reopened. Afterwards, running the commits one after another in the
// order of their revisions must explain all recorded results, and that order must be consistent with real time.
namespace cimd::storage {
namespace {

constexpr int kThreads = 4;

class FaultRun {
 public:
  FaultRun(uint64_t seed, int transactions) : seed_(seed), transactions_(transactions) {}

  // One round on an open store, until the writers have finished. `copy` opens a copy at `place`.
  void Round(Store& store, const std::string& place, const std::function<std::unique_ptr<Store>()>& copy);
  // Records the state of a store that was just opened.
  void Reopened(const Store& store);
  // Checks all recorded results.
  void Explain();

 private:
  // The state of a snapshot, a copy or a reopened store.
  struct Seen {
    Revision revision = 0;
    Model all;
  };
  // A result of Store::Read.
  struct Looked {
    std::string key;
    std::optional<ModelValue> answer;
    // The revision acknowledged before the read, and the time of the answer.
    Revision from = 0;
    int64_t answered = 0;
  };
  struct KeyChange {
    Revision revision = 0;
    std::optional<std::string> value;
    int64_t asked = 0;
  };
  using KeyHistory = std::map<std::string, std::vector<KeyChange>>;

  void Write(Store& store, uint64_t seed, int thread);
  void Look(const Store& store, uint64_t seed);
  // Counts `watching` down when the watch is open.
  void Watch(Store& store, uint64_t seed, std::latch& watching);
  // Reopens the watch at its last position or from a new snapshot.
  std::unique_ptr<storage::Watch> Resume(Store& store);
  void See(const Snapshot& snapshot, Revision at_least);
  void ExplainOrder(const std::vector<Committed>& commits) const;
  void ExplainLooks(const KeyHistory& history) const;

  const uint64_t seed_;
  const int transactions_;
  int round_ = 0;
  std::atomic<int64_t> clock_ = 0;
  std::atomic<Revision> acknowledged_ = 0;
  std::atomic<bool> writing_ = false;

  std::mutex mutex_;
  // commits_, seen_, dropped_ and aborted_ are guarded by mutex_.
  std::vector<Committed> commits_;
  std::vector<Seen> seen_;
  int dropped_ = 0;
  int aborted_ = 0;

  // Used only by the thread of Look.
  std::vector<Looked> looked_;
  // The following are used only by the thread of Watch.
  std::vector<ChangeBatch> told_;
  Revision told_through_ = 0;
  // Each (first exclusive, last inclusive): revisions read from a snapshot because their history was gone.
  std::vector<std::pair<Revision, Revision>> gaps_;
  int cut_off_ = 0;
};

void FaultRun::Write(Store& store, uint64_t seed, int thread) {
  Random random(seed);
  for (int i = 0; i < transactions_; ++i) {
    absl::StatusOr<std::unique_ptr<Transaction>> transaction = store.Begin();
    CIMD_ASSERT_OK(transaction);
    Committed commit;
    const int steps = 1 + Below(random, 6);
    for (int s = 0; s < steps; ++s) {
      const std::string name =
          std::to_string(round_) + "." + std::to_string(thread) + "." + std::to_string(i) + "." + std::to_string(s);
      commit.steps.push_back(RandomStep(random, name));
      Step& step = commit.steps.back();
      // Large values, so that history is dropped and watches fall behind. Appended values stay small because logs only
      // grow.
      if (step.kind == Step::Kind::kPut) {
        while (step.value.size() < 1500) step.value += std::to_string(random());
      }
      CIMD_ASSERT_OK(Apply(step, **transaction));
      if (Below(random, 3) == 0) std::this_thread::yield();
    }
    if (Below(random, 8) == 0) {
      transaction->reset();
      std::lock_guard lock(mutex_);
      ++dropped_;
      continue;
    }
    commit.writes = Writes(commit.steps);
    commit.asked = ++clock_;
    absl::StatusOr<Revision> revision = store.Commit(*std::move(transaction));
    commit.acknowledged = ++clock_;
    std::lock_guard lock(mutex_);
    if (absl::IsAborted(revision.status())) {
      ++aborted_;
      continue;
    }
    CIMD_ASSERT_OK(revision);
    commit.revision = *revision;
    if (commit.writes) acknowledged_ = std::max(acknowledged_.load(), *revision);
    commits_.push_back(std::move(commit));
  }
}

void FaultRun::See(const Snapshot& snapshot, Revision at_least) {
  EXPECT_GE(snapshot.revision(), at_least) << "what was acknowledged before is missing";
  Seen seen{snapshot.revision(), AllOf(snapshot)};
  std::lock_guard lock(mutex_);
  seen_.push_back(std::move(seen));
}

void FaultRun::Look(const Store& store, uint64_t seed) {
  Random random(seed);
  while (writing_) {
    if (Below(random, 50) == 0) {
      const Revision at_least = acknowledged_;
      absl::StatusOr<std::unique_ptr<Snapshot>> snapshot = store.TakeSnapshot();
      CIMD_ASSERT_OK(snapshot);
      See(**snapshot, at_least);
    }
    Looked look{.key = "k" + std::to_string(Below(random, 8)), .from = acknowledged_};
    absl::Status status = store.Read(look.key, [&](std::string_view value, Revision revision) {
      look.answer = ModelValue{std::string(value), revision};
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok() || absl::IsNotFound(status)) << status;
    look.answered = ++clock_;
    looked_.push_back(std::move(look));
    std::this_thread::yield();
  }
}

std::unique_ptr<Watch> FaultRun::Resume(Store& store) {
  while (true) {
    absl::StatusOr<std::unique_ptr<storage::Watch>> watch = store.WatchChanges("", told_through_);
    if (watch.ok()) return *std::move(watch);
    EXPECT_TRUE(absl::IsOutOfRange(watch.status())) << watch.status();
    absl::StatusOr<std::unique_ptr<Snapshot>> snapshot = store.TakeSnapshot();
    CIMD_EXPECT_OK(snapshot);
    See(**snapshot, told_through_);
    gaps_.emplace_back(told_through_, (*snapshot)->revision());
    told_through_ = (*snapshot)->revision();
  }
}

void FaultRun::Watch(Store& store, uint64_t seed, std::latch& watching) {
  Random random(seed);
  std::unique_ptr<storage::Watch> watch = Resume(store);
  // In the first round the watch falls behind for certain: it opens before the first commit and then waits for many.
  const bool first_round = round_ == 1;
  if (first_round) {
    CIMD_EXPECT_OK(watch->Next(absl::ZeroDuration()));
  }
  watching.count_down();
  // Half of the rounds end before the watch has caught up, and the next round resumes it.
  const bool to_the_end = Below(random, 2) == 0;
  for (bool falls_behind = first_round;; falls_behind = false) {
    const bool last_look = !writing_;
    if (last_look && !to_the_end && !falls_behind) return;
    if (falls_behind || Below(random, 20) == 0) {
      const Revision slow_until = told_through_ + 100;
      while (writing_ && store.CurrentRevision() < slow_until) std::this_thread::yield();
    }
    const bool cancelled = !falls_behind && Below(random, 60) == 0;
    if (cancelled) watch->Cancel();
    absl::StatusOr<ChangeBatch> batch = watch->Next(absl::Milliseconds(2));
    if (batch.ok()) {
      EXPECT_GE(batch->revision, told_through_);
      told_through_ = batch->revision;
      if (!batch->changes.empty()) {
        told_.push_back(*std::move(batch));
      } else if (last_look && told_through_ == store.CurrentRevision()) {
        return;
      }
      continue;
    }
    EXPECT_TRUE(cancelled ? absl::IsCancelled(batch.status())
                          : absl::IsResourceExhausted(batch.status()) || absl::IsOutOfRange(batch.status()))
        << batch.status();
    if (absl::IsResourceExhausted(batch.status())) ++cut_off_;
    watch = Resume(store);
  }
}

void FaultRun::Round(Store& store, const std::string& place, const std::function<std::unique_ptr<Store>()>& copy) {
  ++round_;
  const uint64_t seed = seed_ + static_cast<uint64_t>(round_) * 1000;
  writing_ = true;
  std::latch watching(1);
  std::thread watcher([&] { Watch(store, seed + 200, watching); });
  watching.wait();
  std::vector<std::thread> writers;
  for (int t = 0; t < kThreads; ++t) writers.emplace_back([&, t] { Write(store, seed + t, t); });
  std::thread looker([&] { Look(store, seed + 100); });
  const Revision at_least = acknowledged_;
  absl::StatusOr<Revision> copied = store.CopyTo(place);
  CIMD_EXPECT_OK(copied);
  for (std::thread& writer : writers) writer.join();
  writing_ = false;
  looker.join();
  watcher.join();
  if (!copied.ok()) return;
  EXPECT_GE(*copied, at_least);
  std::unique_ptr<Store> opened = copy();
  absl::StatusOr<std::unique_ptr<Snapshot>> snapshot = opened->TakeSnapshot();
  CIMD_ASSERT_OK(snapshot);
  seen_.push_back({*copied, AllOf(**snapshot)});
}

void FaultRun::Reopened(const Store& store) {
  EXPECT_EQ(store.CurrentRevision(), acknowledged_);
  absl::StatusOr<std::unique_ptr<Snapshot>> snapshot = store.TakeSnapshot();
  CIMD_ASSERT_OK(snapshot);
  See(**snapshot, acknowledged_);
}

// A commit that was acknowledged before another one was requested must have the smaller revision.
void FaultRun::ExplainOrder(const std::vector<Committed>& commits) const {
  int64_t first_acknowledged_after = std::numeric_limits<int64_t>::max();
  for (auto commit = commits.rbegin(); commit != commits.rend(); ++commit) {
    if (!commit->writes) continue;
    EXPECT_GT(first_acknowledged_after, commit->asked) << "revision " << commit->revision << " comes too early";
    first_acknowledged_after = std::min(first_acknowledged_after, commit->acknowledged);
  }
}

// A read must return a state acknowledged when it began, or a newer state that was being committed before it ended.
void FaultRun::ExplainLooks(const KeyHistory& history) const {
  for (const Looked& look : looked_) {
    bool explained = false;
    auto agrees = [&look](const KeyChange* change) {
      const bool exists = change != nullptr && change->value.has_value();
      if (exists != look.answer.has_value()) return false;
      return !exists || (*change->value == look.answer->value && change->revision == look.answer->revision);
    };
    const KeyChange* before = nullptr;
    const auto changes = history.find(look.key);
    if (changes != history.end()) {
      for (const KeyChange& change : changes->second) {
        if (change.revision <= look.from) {
          before = &change;
        } else if (change.asked < look.answered) {
          explained = explained || agrees(&change);
        }
      }
    }
    EXPECT_TRUE(explained || agrees(before)) << "a read of " << look.key << " after revision " << look.from;
  }
}

void FaultRun::Explain() {
  // Read-only transactions come after the writer whose state they read.
  std::sort(commits_.begin(), commits_.end(), [](const Committed& a, const Committed& b) {
    return std::pair(a.revision, !a.writes) < std::pair(b.revision, !b.writes);
  });
  std::sort(seen_.begin(), seen_.end(), [](const Seen& a, const Seen& b) { return a.revision < b.revision; });
  ExplainOrder(commits_);

  Model model;
  KeyHistory history;
  Revision last = 0;
  size_t told = 0;
  auto seen = seen_.begin();
  auto gap = gaps_.begin();
  auto explain_seen_before = [&](Revision revision) {
    for (; seen != seen_.end() && seen->revision < revision; ++seen) {
      EXPECT_TRUE(seen->all == model) << "what was seen at revision " << seen->revision;
    }
  };
  for (const Committed& commit : commits_) {
    if (!commit.writes) {
      Model state = model;
      Replay(commit, state);
      continue;
    }
    EXPECT_GT(commit.revision, std::exchange(last, commit.revision)) << "a revision twice";
    explain_seen_before(commit.revision);
    const Changes changes = Replay(commit, model);
    for (const auto& [key, value] : changes) history[key].push_back({commit.revision, value, commit.asked});
    while (gap != gaps_.end() && gap->second < commit.revision) ++gap;
    if (gap != gaps_.end() && commit.revision > gap->first) continue;
    if (commit.revision > told_through_) continue;
    ASSERT_LT(told, told_.size()) << "revision " << commit.revision << " was not told";
    EXPECT_EQ(told_[told].revision, commit.revision);
    EXPECT_EQ(ChangesOf(told_[told]), changes);
    ++told;
  }
  explain_seen_before(std::numeric_limits<Revision>::max());
  EXPECT_EQ(told, told_.size()) << "a watch told what was not committed";
  ExplainLooks(history);
  EXPECT_GT(dropped_, 0);
  EXPECT_GT(aborted_, 0) << "the threads never met; the test proves little";
  EXPECT_GT(cut_off_, 0) << "no watch was ever too slow";
}

TEST_P(StoreConformance, RandomOperationsAndFaultsAreExplainedByTheOrderOfRevisions) {
  const bool is_long = std::getenv("CIMD_LONG_TESTS") != nullptr;
  const int rounds = is_long ? 15 : 4;
  const uint64_t seed = TestSeed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  OpenWith({.history_bytes = 512 << 10, .max_watch_backlog_bytes = 20'000});
  FaultRun run(seed, is_long ? 200 : 80);
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    run.Round(store(), Directory("copy"), [this] { return OpenAt("copy"); });
    std::filesystem::remove_all(Directory("copy"));
    Reopen();
    run.Reopened(store());
  }
  run.Explain();
}

}  // namespace
}  // namespace cimd::storage
