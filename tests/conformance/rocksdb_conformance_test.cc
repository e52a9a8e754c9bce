#include <utility>

#include "gtest/gtest.h"
#include "storage/rocksdb/rocksdb_store.h"
#include "tests/conformance/store_conformance.h"

namespace cimd::storage {
namespace {

absl::StatusOr<std::unique_ptr<Store>> Open(const std::string& directory, const StoreLimits& limits) {
  RocksDbOptions options;
  options.directory = directory;
  options.block_cache_bytes = 1 << 20;
  options.history_bytes = limits.history_bytes;
  options.max_watch_backlog_bytes = limits.max_watch_backlog_bytes;
  return OpenRocksDbStore(std::move(options));
}

INSTANTIATE_TEST_SUITE_P(RocksDb, StoreConformance, ::testing::Values(StoreEngine{"RocksDb", &Open}));

}  // namespace
}  // namespace cimd::storage
