#ifndef CIMD_STORAGE_RECORD_H_
#define CIMD_STORAGE_RECORD_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/store.h"

// Records (proto/cimd/storage/records.proto) as values of the store. Only this file parses and serializes them.
namespace cimd::storage {

// A record and the revision that last wrote it. The API shows the revision as the etag.
template <typename Record>
struct Stored {
  Record record;
  Revision revision = 0;
};

// kDataLoss when the value does not parse.
template <typename Record>
absl::Status ParseRecord(std::string_view value, Record& record) {
  if (record.ParseFromArray(value.data(), static_cast<int>(value.size()))) return absl::OkStatus();
  return absl::DataLossError("a stored record does not parse as " + record.GetTypeName());
}

// Receives the key of a record that cannot be read. For work that skips such records instead of stopping.
using UnreadableRecordVisitor = absl::FunctionRef<void(std::string_view key)>;

template <typename Record>
using MaybeStored = absl::StatusOr<std::optional<Stored<Record>>>;

// Reads the record under `key`; nullopt when there is none. `reader` is a Store or a Snapshot.
template <typename Record, typename Reader>
MaybeStored<Record> Find(const Reader& reader, std::string_view key) {
  std::optional<Stored<Record>> stored;
  absl::Status status = reader.Read(key, [&](std::string_view value, Revision revision) {
    stored.emplace();
    stored->revision = revision;
    return ParseRecord(value, stored->record);
  });
  if (absl::IsNotFound(status)) return std::nullopt;
  if (!status.ok()) return status;
  return stored;
}

// The same in a transaction; counts as one of its reads.
template <typename Record>
MaybeStored<Record> Find(Transaction& transaction, std::string_view key) {
  absl::StatusOr<std::optional<Entry>> entry = transaction.Get(key);
  if (!entry.ok()) return entry.status();
  if (!entry->has_value()) return std::nullopt;
  std::optional<Stored<Record>> stored(std::in_place);
  stored->revision = (*entry)->revision;
  if (absl::Status status = ParseRecord((*entry)->value, stored->record); !status.ok()) return status;
  return stored;
}

template <typename Record>
// NOLINTNEXTLINE(performance-unnecessary-value-param): it is moved, which clang-tidy does not see in a template.
void PutRecord(Transaction& transaction, std::string key, const Record& record) {
  transaction.Put(std::move(key), record.SerializeAsString());
}

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_RECORD_H_
