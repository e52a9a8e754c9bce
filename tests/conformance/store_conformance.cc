#include "tests/conformance/store_conformance.h"

#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/testing/status_matchers.h"

namespace cimd::storage {
namespace {

// Only a failing test waits this long.
constexpr absl::Duration kPatience = absl::Seconds(20);

std::string MakeParent() {
  std::string name = ::testing::TempDir() + "/store-conformance-XXXXXX";
  EXPECT_NE(mkdtemp(name.data()), nullptr);
  return name;
}

// Ends the program if the value that a test needs is an error.
template <typename T>
T OrDie(absl::StatusOr<T> result) {
  if (!result.ok()) {
    std::cerr << result.status() << std::endl;
    std::abort();
  }
  return *std::move(result);
}

auto Collect(std::vector<std::string>& out) {
  return [&out](std::string_view key, std::string_view value, Revision) {
    out.push_back(std::string(key) + "=" + std::string(value));
    return true;
  };
}

}  // namespace

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StoreConformance);

StoreConformance::StoreConformance() : parent_(MakeParent()) {}

StoreConformance::~StoreConformance() {
  store_.reset();
  std::filesystem::remove_all(parent_);
}

Store& StoreConformance::store() {
  if (store_ == nullptr) Reopen();
  return *store_;
}

void StoreConformance::Reopen() {
  store_.reset();
  store_ = OpenAt("store");
}

std::unique_ptr<Store> StoreConformance::OpenAt(const std::string& name) const {
  return OrDie(GetParam().open(Directory(name), limits_));
}

void StoreConformance::OpenWith(const StoreLimits& limits) {
  limits_ = limits;
  Reopen();
}

std::unique_ptr<Transaction> StoreConformance::Begin() { return OrDie(store().Begin()); }

Revision StoreConformance::Put(std::string key, std::string value) {
  std::unique_ptr<Transaction> transaction = Begin();
  transaction->Put(std::move(key), std::move(value));
  absl::StatusOr<Revision> revision = store().Commit(std::move(transaction));
  CIMD_EXPECT_OK(revision);
  return revision.value_or(-1);
}

Revision StoreConformance::Delete(std::string key) {
  std::unique_ptr<Transaction> transaction = Begin();
  transaction->Delete(std::move(key));
  absl::StatusOr<Revision> revision = store().Commit(std::move(transaction));
  CIMD_EXPECT_OK(revision);
  return revision.value_or(-1);
}

std::optional<Entry> StoreConformance::Read(std::string_view key) {
  std::optional<Entry> entry;
  absl::Status status = store().Read(key, [&](std::string_view value, Revision revision) {
    entry = Entry{std::string(key), std::string(value), revision};
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok() ? entry.has_value() : absl::IsNotFound(status) && !entry.has_value()) << status;
  return entry;
}

std::vector<std::string> StoreConformance::Scan(const KeyRange& range, int limit) {
  absl::StatusOr<std::unique_ptr<Snapshot>> snapshot = store().TakeSnapshot();
  CIMD_EXPECT_OK(snapshot);
  return snapshot.ok() ? Scan(**snapshot, range, limit) : std::vector<std::string>();
}

std::vector<std::string> StoreConformance::Scan(const Snapshot& snapshot, const KeyRange& range, int limit) {
  std::vector<std::string> entries;
  CIMD_EXPECT_OK(snapshot.Scan(range, limit, Collect(entries)));
  return entries;
}

std::vector<std::string> StoreConformance::Scan(Transaction& transaction, const KeyRange& range, int limit) {
  absl::StatusOr<std::vector<Entry>> entries = transaction.Scan(range, limit);
  CIMD_EXPECT_OK(entries);
  std::vector<std::string> result;
  if (entries.ok()) {
    for (const Entry& entry : *entries) result.push_back(entry.key + "=" + entry.value);
  }
  return result;
}

std::unique_ptr<Watch> StoreConformance::WatchFrom(std::string prefix, Revision after) {
  return OrDie(store().WatchChanges(std::move(prefix), after));
}

std::vector<std::string> StoreConformance::ToldUntil(Watch& watch, Revision revision) {
  std::vector<std::string> told;
  Revision last = -1;
  const absl::Time deadline = absl::Now() + kPatience;
  while (last < revision) {
    absl::StatusOr<ChangeBatch> batch = watch.Next(absl::Milliseconds(20));
    CIMD_EXPECT_OK(batch);
    if (!batch.ok()) break;
    EXPECT_GE(batch->revision, last) << "a watch went back";
    last = batch->revision;
    if (!batch->changes.empty()) told.push_back(ToString(*batch));
    if (absl::Now() > deadline) {
      ADD_FAILURE() << "the watch stays at revision " << last << " and does not reach " << revision;
      break;
    }
  }
  return told;
}

std::string StoreConformance::ToString(const ChangeBatch& batch) {
  std::string text = absl::StrCat(batch.revision, ":");
  for (const Change& change : batch.changes) {
    absl::StrAppend(&text, " ", change.key, change.value.has_value() ? "=" + *change.value : "-");
  }
  return text;
}

}  // namespace cimd::storage
