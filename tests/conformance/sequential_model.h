#ifndef CIMD_TESTS_CONFORMANCE_SEQUENTIAL_MODEL_H_
#define CIMD_TESTS_CONFORMANCE_SEQUENTIAL_MODEL_H_

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "storage/store.h"

// What a store has to look like: a std::map on which recorded transactions are run again, one after another.
namespace cimd::storage {

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

// A transaction that was committed.
struct Committed {
  Revision revision = 0;
  bool writes = false;
  std::vector<Step> steps;
  // When the commit was asked for and when it was acknowledged, by a clock that ticks at either.
  int64_t asked = 0;
  int64_t acknowledged = 0;
};

using Random = std::mt19937_64;
int Below(Random& random, int bound);

// The seed of a random test: CIMD_TEST_SEED, or a new one. Printed, so that a run can be repeated.
uint64_t TestSeed();

// A read or write of one of a few keys; a write writes `value`.
Step RandomStep(Random& random, const std::string& value);
bool Writes(const std::vector<Step>& steps);

// Runs the step in a transaction and notes what a read answers.
absl::Status Apply(Step& step, Transaction& transaction);

// What a commit changed: each key's last value, nullopt for a deletion.
using Changes = std::map<std::string, std::optional<std::string>>;

// Runs the commit on `model`, checks its reads, and returns what a watch must tell.
Changes Replay(const Committed& commit, Model& model);

// All that a snapshot shows, and what a batch tells.
Model AllOf(const Snapshot& snapshot);
Changes ChangesOf(const ChangeBatch& batch);

}  // namespace cimd::storage

#endif  // CIMD_TESTS_CONFORMANCE_SEQUENTIAL_MODEL_H_
