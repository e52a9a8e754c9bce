#ifndef CIMD_TESTS_STORAGE_STORE_DIRECTORY_H_
#define CIMD_TESTS_STORAGE_STORE_DIRECTORY_H_

#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "storage/rocksdb/rocksdb_store.h"
#include "storage/store.h"

namespace cimd::storage {

// A directory for a store's files. The destructor deletes it.
class StoreDirectory {
 public:
  StoreDirectory() : parent_(::testing::TempDir() + "/store-XXXXXX") { EXPECT_NE(mkdtemp(parent_.data()), nullptr); }
  StoreDirectory(const StoreDirectory&) = delete;
  StoreDirectory& operator=(const StoreDirectory&) = delete;
  ~StoreDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(parent_, ignored);
  }

  std::string path() const { return parent_ + "/store"; }
  const std::string& parent() const { return parent_; }

  RocksDbOptions Options() const {
    RocksDbOptions options;
    options.directory = path();
    return options;
  }
  absl::StatusOr<std::unique_ptr<Store>> Open() const { return OpenRocksDbStore(Options()); }

  // Copies the current files to `other`, as a crash would leave them.
  void CopyTo(const StoreDirectory& other) const {
    std::filesystem::remove_all(other.path());
    std::filesystem::copy(path(), other.path(), std::filesystem::copy_options::recursive);
  }

 private:
  std::string parent_;
};

inline absl::StatusOr<Revision> Put(Store& store, std::string key, std::string value) {
  absl::StatusOr<std::unique_ptr<Transaction>> transaction = store.Begin();
  if (!transaction.ok()) return transaction.status();
  (*transaction)->Put(std::move(key), std::move(value));
  return store.Commit(*std::move(transaction));
}

// Returns the key's value, or the error of reading it.
inline absl::StatusOr<std::string> Get(const Store& store, std::string_view key) {
  std::string result;
  absl::Status status = store.Read(key, [&](std::string_view value, Revision) {
    result = value;
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return result;
}

}  // namespace cimd::storage

#endif  // CIMD_TESTS_STORAGE_STORE_DIRECTORY_H_
