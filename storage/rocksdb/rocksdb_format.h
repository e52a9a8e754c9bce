#ifndef CIMD_STORAGE_ROCKSDB_ROCKSDB_FORMAT_H_
#define CIMD_STORAGE_ROCKSDB_ROCKSDB_FORMAT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/rocksdb/rocksdb_store.h"
#include "storage/store.h"

// What the embedded engine's files hold. Three column families, written together in one batch per group of commits:
//
//   default   a key of the store -> the revision that wrote it (8 bytes, big-endian) and the value
//   history   a revision (8 bytes, big-endian) -> the changes of that commit (HistoryRecord). RocksDB
//             drops whole files by age and size
//   engine    kSchemaKey -> kSchemaVersion; kRevisionKey -> the newest revision; both 8 bytes, big-endian.
//             kCopyKey -> nothing: the store is a copy (Store::CopyTo) that was not opened yet
//
// No key of the default family is reserved. The decoding functions accept any bytes, and return nullopt for damaged
// ones.
namespace cimd::storage {

inline constexpr char kHistoryFamily[] = "history";
inline constexpr char kEngineFamily[] = "engine";
inline constexpr std::string_view kSchemaKey = "schema";
inline constexpr std::string_view kRevisionKey = "revision";
inline constexpr std::string_view kCopyKey = "copy";

std::string EncodeInt64(int64_t number);
// nullopt unless there are exactly 8 bytes that hold a number which is not negative.
std::optional<int64_t> DecodeInt64(std::string_view bytes);

struct StoredValue {
  Revision revision = 0;
  std::string_view value;
};
// The view points into `bytes`.
std::optional<StoredValue> DecodeValue(std::string_view bytes);

// The key that Transaction::Append makes.
std::string AppendedKey(std::string_view prefix, Revision revision, uint32_t ordinal);

// One commit in the history.
struct HistoryRecord {
  // The commit before this one; revisions can have gaps, so only this tells whether a record in between was dropped.
  Revision previous = 0;
  // In the order of the writes.
  std::vector<Change> changes;
};
std::string EncodeHistoryRecord(const HistoryRecord& record);
// Only changes of keys that start with `prefix` are copied out.
std::optional<HistoryRecord> DecodeHistoryRecord(std::string_view bytes, std::string_view prefix);

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_ROCKSDB_ROCKSDB_FORMAT_H_
