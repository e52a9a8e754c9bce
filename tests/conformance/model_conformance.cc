#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <random>
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
#include "tests/conformance/store_conformance.h"
#include "tests/testing/status_matchers.h"

// Random transactions from many threads, each then run again alone on a std::map in the order of revisions: every read
// must have answered what it answers there, and the watch must have told exactly the commits.
namespace cimd::storage {
namespace {

struct ModelValue {
  std::string value;
  Revision revision = 0;
  friend bool operator==(const ModelValue&, const ModelValue&) = default;
};
using Model = std::map<std::string, ModelValue>;

struct Step {
  enum class Kind { kGet, kScan, kPut, kDelete, kAppend };
  Kind kind;
  std::string key;
  KeyRange range;
  int limit = 0;
  std::string value;
  // What a read answered.
  Model answer;
};

struct Committed {
  Revision revision = 0;
  bool writes = false;
  std::vector<Step> steps;
};

using Random = std::mt19937_64;

int Below(Random& random, int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(random); }
std::string RandomKey(Random& random) { return "k" + std::to_string(Below(random, 8)); }

Step RandomStep(Random& random, const std::string& value) {
  Step step{static_cast<Step::Kind>(Below(random, 5)), RandomKey(random), {}, 0, value, {}};
  if (step.kind == Step::Kind::kScan) {
    step.range = Below(random, 4) == 0 ? KeyRange{} : KeyRange{RandomKey(random), RandomKey(random)};
    step.limit = Below(random, 4);
  }
  if (step.kind == Step::Kind::kAppend) step.key = "log/";
  return step;
}

absl::Status Apply(Step& step, Transaction& transaction) {
  switch (step.kind) {
    case Step::Kind::kGet: {
      absl::StatusOr<std::optional<Entry>> entry = transaction.Get(step.key);
      if (!entry.ok()) return entry.status();
      if (entry->has_value()) step.answer[(*entry)->key] = {(*entry)->value, (*entry)->revision};
      break;
    }
    case Step::Kind::kScan: {
      absl::StatusOr<std::vector<Entry>> entries = transaction.Scan(step.range, step.limit);
      if (!entries.ok()) return entries.status();
      for (const Entry& entry : *entries) step.answer[entry.key] = {entry.value, entry.revision};
      break;
    }
    case Step::Kind::kPut:
      transaction.Put(step.key, step.value);
      break;
    case Step::Kind::kDelete:
      transaction.Delete(step.key);
      break;
    case Step::Kind::kAppend:
      transaction.Append(step.key, step.value);
      break;
  }
  return absl::OkStatus();
}

std::string AppendedName(Revision revision, int ordinal) {
  std::string name = "log/";
  for (int shift = 56; shift >= 0; shift -= 8) name.push_back(static_cast<char>(revision >> shift));
  for (int shift = 24; shift >= 0; shift -= 8) name.push_back(static_cast<char>(ordinal >> shift));
  return name;
}

Model AnswerOf(const Model& model, const Step& step) {
  Model answer;
  if (step.kind == Step::Kind::kGet) {
    if (auto found = model.find(step.key); found != model.end()) answer.insert(*found);
    return answer;
  }
  for (auto entry = model.lower_bound(step.range.begin); entry != model.end(); ++entry) {
    if (!step.range.end.empty() && entry->first >= step.range.end) break;
    if (step.limit > 0 && answer.size() == static_cast<size_t>(step.limit)) break;
    answer.insert(*entry);
  }
  return answer;
}

// Runs the commit on `model`, checks its reads, and returns what a watch must tell.
std::map<std::string, std::optional<std::string>> Replay(const Committed& commit, Model& model) {
  Model own = model;
  std::map<std::string, std::optional<std::string>> changes;
  int appends = 0;
  for (const Step& step : commit.steps) {
    switch (step.kind) {
      case Step::Kind::kGet:
      case Step::Kind::kScan:
        EXPECT_TRUE(step.answer == AnswerOf(own, step)) << "a read of commit " << commit.revision << " is not serial";
        break;
      case Step::Kind::kPut:
        own[step.key] = {step.value, 0};
        changes[step.key] = step.value;
        break;
      case Step::Kind::kDelete:
        own.erase(step.key);
        changes[step.key] = std::nullopt;
        break;
      case Step::Kind::kAppend:
        changes[AppendedName(commit.revision, appends++)] = step.value;
        break;
    }
  }
  for (const auto& [key, value] : changes) {
    if (value.has_value()) {
      model[key] = {*value, commit.revision};
    } else {
      model.erase(key);
    }
  }
  return changes;
}

Model AllOf(const Snapshot& snapshot) {
  Model all;
  CIMD_EXPECT_OK(snapshot.Scan({}, 0, [&](std::string_view key, std::string_view value, Revision revision) {
    all[std::string(key)] = {std::string(value), revision};
    return true;
  }));
  return all;
}

std::map<std::string, std::optional<std::string>> AsMap(const ChangeBatch& batch) {
  std::map<std::string, std::optional<std::string>> changes;
  for (const Change& change : batch.changes) {
    EXPECT_TRUE(changes.emplace(change.key, change.value).second) << "a batch tells a key twice";
  }
  return changes;
}

TEST_P(StoreConformance, RandomTransactionsAreSerializableAndWatched) {
  constexpr int kThreads = 4;
  constexpr int kTransactions = 120;
  const char* given = std::getenv("CIMD_TEST_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::cout << "CIMD_TEST_SEED=" << seed << std::endl;
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
        commit.writes = std::any_of(commit.steps.begin(), commit.steps.end(), [](const Step& step) {
          return step.kind != Step::Kind::kGet && step.kind != Step::Kind::kScan;
        });
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
    const auto changes = Replay(writers[i], model);
    EXPECT_TRUE(states.emplace(writers[i].revision, model).second) << "revision " << writers[i].revision << " twice";
    EXPECT_EQ(told[i].revision, writers[i].revision);
    EXPECT_EQ(AsMap(told[i]), changes);
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
