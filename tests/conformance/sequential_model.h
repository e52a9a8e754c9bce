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

// The reference model of a store: a std::map on which recorded transactions run again one after another.
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
  // The result of a read.
  Model answer;
};

// A committed transaction.
struct Committed {
  Revision revision = 0;
  bool writes = false;
  std::vector<Step> steps;
  // When the commit was requested and when it was acknowledged, on a logical clock.
  int64_t asked = 0;
  int64_t acknowledged = 0;
};

using Random = std::mt19937_64;
int Below(Random& random, int bound);

// Returns CIMD_TEST_SEED or a new seed for a random test, and prints it so that a run can be repeated.
uint64_t TestSeed();

// Returns a random read or write of one of a few keys. A write writes `value`.
Step RandomStep(Random& random, const std::string& value);
bool Writes(const std::vector<Step>& steps);

// Runs the step in a transaction and records the result of a read.
absl::Status Apply(Step& step, Transaction& transaction);

// The last value of each key that a commit changed, nullopt for a deletion.
using Changes = std::map<std::string, std::optional<std::string>>;

// Runs the commit on `model`, checks its reads, and returns the changes that a watch must report.
Changes Replay(const Committed& commit, Model& model);

// Everything in a snapshot, and the changes in a batch.
Model AllOf(const Snapshot& snapshot);
Changes ChangesOf(const ChangeBatch& batch);

}  // namespace cimd::storage

#endif  // CIMD_TESTS_CONFORMANCE_SEQUENTIAL_MODEL_H_
