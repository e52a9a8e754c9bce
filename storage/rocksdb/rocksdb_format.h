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
//   default   a client's key -> the revision that wrote it, 8 bytes big-endian, and the client's value
//   history   a revision, 8 bytes big-endian -> what that commit changed (HistoryRecord); whole files are dropped by
//             age and size
//   engine    kSchemaKey -> kSchemaVersion, kRevisionKey -> the newest revision; both 8 bytes big-endian.
//             kCopyKey -> nothing, in a copy that was never opened
//
// Clients own every key of the default family; nothing is reserved in it. All bytes are checked when read: a file that
// was damaged yields nullopt here, never a wrong answer by way of a bad length.
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
