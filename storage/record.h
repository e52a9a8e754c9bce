#ifndef CIMD_STORAGE_RECORD_H_
#define CIMD_STORAGE_RECORD_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/store.h"

// Records (proto/cimd/storage) as the values of the store: the one place that parses and serializes them.
namespace cimd::storage {

// A record with the revision that last wrote it, which is its etag.
template <typename Record>
struct Stored {
  Record record;
  Revision revision = 0;
};

// A value that does not parse was not written by this program: kDataLoss.
template <typename Record>
absl::Status ParseRecord(std::string_view value, Record& record) {
  if (record.ParseFromArray(value.data(), static_cast<int>(value.size()))) return absl::OkStatus();
  return absl::DataLossError("a stored record does not parse as " + record.GetTypeName());
}

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

// The same inside of a transaction, which remembers that it was read.
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
