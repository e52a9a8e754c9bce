#include "tests/conformance/sequential_model.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cimd::storage {
namespace {

std::string RandomKey(Random& random) { return "k" + std::to_string(Below(random, 8)); }

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

}  // namespace

int Below(Random& random, int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(random); }

uint64_t TestSeed() {
  const char* given = std::getenv("CIMD_TEST_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::cout << "CIMD_TEST_SEED=" << seed << std::endl;
  return seed;
}

Step RandomStep(Random& random, const std::string& value) {
  Step step{static_cast<Step::Kind>(Below(random, 5)), RandomKey(random), {}, 0, value, {}};
  if (step.kind == Step::Kind::kScan) {
    step.range = Below(random, 4) == 0 ? KeyRange{} : KeyRange{RandomKey(random), RandomKey(random)};
    step.limit = Below(random, 4);
  }
  if (step.kind == Step::Kind::kAppend) step.key = "log/";
  return step;
}

bool Writes(const std::vector<Step>& steps) {
  return std::any_of(steps.begin(), steps.end(),
                     [](const Step& step) { return step.kind != Step::Kind::kGet && step.kind != Step::Kind::kScan; });
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

Changes Replay(const Committed& commit, Model& model) {
  Model own = model;
  Changes changes;
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

Changes ChangesOf(const ChangeBatch& batch) {
  Changes changes;
  for (const Change& change : batch.changes) {
    EXPECT_TRUE(changes.emplace(change.key, change.value).second) << "a batch tells a key twice";
  }
  return changes;
}

}  // namespace cimd::storage
