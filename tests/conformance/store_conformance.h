#ifndef CIMD_TESTS_CONFORMANCE_STORE_CONFORMANCE_H_
#define CIMD_TESTS_CONFORMANCE_STORE_CONFORMANCE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "storage/store.h"

namespace cimd::storage {

// Tests of the contract in storage/store.h. To test an engine, instantiate the suite:
//
//   INSTANTIATE_TEST_SUITE_P(MyEngine, StoreConformance, testing::Values(StoreEngine{"MyEngine", &OpenMyEngine}));
struct StoreLimits {
  int64_t history_bytes = 64 << 20;
  int64_t max_watch_backlog_bytes = 4 << 20;
};

struct StoreEngine {
  std::string name;
  // Opens the store in `directory`. The store is new if the directory does not exist.
  std::function<absl::StatusOr<std::unique_ptr<Store>>(const std::string& directory, const StoreLimits& limits)> open;
};

inline void PrintTo(const StoreEngine& engine, std::ostream* out) { *out << engine.name; }

class StoreConformance : public testing::TestWithParam<StoreEngine> {
 protected:
  StoreConformance();
  ~StoreConformance() override;

  // The store under test, opened on first use.
  Store& store();
  void Reopen();
  void OpenWith(const StoreLimits& limits);

  // A directory for an additional store, and the store in it.
  std::string Directory(const std::string& name) const { return parent_ + "/" + name; }
  std::unique_ptr<Store> OpenAt(const std::string& name) const;

  std::unique_ptr<Transaction> Begin();
  // Commits a single write. Returns its revision, or -1 after a test failure.
  Revision Put(std::string key, std::string value);
  Revision Delete(std::string key);

  // Calls Store::Read. Returns nullopt if the key does not exist.
  std::optional<Entry> Read(std::string_view key);
  // Returns "key=value" for each entry.
  std::vector<std::string> Scan(const KeyRange& range = {}, int limit = 0);
  static std::vector<std::string> Scan(const Snapshot& snapshot, const KeyRange& range = {}, int limit = 0);
  static std::vector<std::string> Scan(Transaction& transaction, const KeyRange& range = {}, int limit = 0);

  std::unique_ptr<Watch> WatchFrom(std::string prefix, Revision after);
  // Reads from the watch until a checkpoint or a batch reaches `revision`. Returns each batch with changes as
  // "revision: key=value key-", in the order received.
  static std::vector<std::string> ToldUntil(Watch& watch, Revision revision);
  static std::string ToString(const ChangeBatch& batch);

 private:
  const std::string parent_;
  StoreLimits limits_;
  std::unique_ptr<Store> store_;
};

}  // namespace cimd::storage

#endif  // CIMD_TESTS_CONFORMANCE_STORE_CONFORMANCE_H_
