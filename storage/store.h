#ifndef CIMD_STORAGE_STORE_H_
#define CIMD_STORAGE_STORE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace cimd::storage {

// The one seam between this system and its storage engine: an ordered key-value store with revisions, serializable
// transactions and a resumable change feed. It is shaped so that an embedded engine (RocksDB) and a replicated one
// (etcd) both fit it without pretending.
//
// Words. A *revision* counts commits: the store starts at 0, every commit that writes takes the next number, and
// numbers are never reused, also not after a failed commit or a restart (gaps are possible). Every key knows the
// revision that last wrote it; that is what etags are made of. Keys and values are bytes; keys are ordered as unsigned
// bytes. Key ranges are half-open: [begin, end).
//
// Durability. When Commit returns OK the commit survives a crash of the process and of the machine. When it returns
// anything else than OK the commit may or may not have happened only if the code is kUnknown; every other code
// promises that it did not. No read ever returns data that a crash could take back.
//
// Consistency. Transactions are serializable: the outcome of all commits is as if each had run alone, in the order of
// their revisions. A range that was scanned is protected against insertions as well as changes. Reads outside of
// transactions see the newest commit that was acknowledged before they began, or a newer one.
//
// Threads. Store is safe for concurrent use. Snapshot, Transaction and Watch objects each belong to one thread at a
// time. All of them must be gone before their Store is destroyed.
//
// Errors. kInvalidArgument: an empty key, or a commit beyond a limit below; the message names the limit.
// kResourceExhausted: no space is left. kAborted: a conflict, only from Commit; run the transaction again.
// kUnavailable: the engine cannot write for now, reads may go on. kDataLoss: stored bytes do not check out. Engine text
// appears in log messages and never in these messages.

// Limits are those of the weakest engine, so that no data is written to one that another could not hold.
inline constexpr size_t kMaxKeyBytes = 4096;
inline constexpr size_t kMaxValueBytes = 1 << 20;
inline constexpr int kMaxOperationsPerCommit = 128;
// Keys and values of one commit together.
inline constexpr size_t kMaxCommitBytes = 8 << 20;

using Revision = int64_t;

struct Entry {
  std::string key;
  std::string value;
  // The commit that last wrote the key; always positive.
  Revision revision = 0;
};

struct KeyRange {
  std::string begin;
  // Exclusive; empty means "to the end of the store".
  std::string end;
};

// Called with a value while the store keeps it in place: neither argument may be kept after the call. A non-OK result
// is passed on to the caller of the read.
using ValueVisitor = absl::FunctionRef<absl::Status(std::string_view value, Revision revision)>;

// Called for each entry of a scan in key order; same rules. Returning false ends the scan.
using EntryVisitor = absl::FunctionRef<bool(std::string_view key, std::string_view value, Revision revision)>;

// A view of the store as it was at one revision. Holding one delays the reclaiming of old data: seconds, not hours.
class Snapshot {
 public:
  virtual ~Snapshot() = default;

  // The newest revision that this snapshot shows.
  virtual Revision revision() const = 0;

  // kNotFound when the key does not exist.
  virtual absl::Status Read(std::string_view key, ValueVisitor visitor) const = 0;

  // Visits at most `limit` entries of the range (0: all of them) in key order.
  virtual absl::Status Scan(const KeyRange& range, int limit, EntryVisitor visitor) const = 0;
};

// A read-write transaction: reads one snapshot, sees its own writes, and collects writes until Store::Commit. Reads
// are remembered, and Commit fails with kAborted if any of them would now answer differently. Dropping it undoes it.
class Transaction {
 public:
  virtual ~Transaction() = default;

  // The entry as of the snapshot and this transaction's own writes; nullopt when there is none. An entry written by
  // this transaction has revision 0.
  virtual absl::StatusOr<std::optional<Entry>> Get(std::string_view key) = 0;

  // Up to `limit` entries (0: all) in key order, own writes included.
  virtual absl::StatusOr<std::vector<Entry>> Scan(const KeyRange& range, int limit) = 0;

  // Writes are buffered; limits are checked by Commit.
  virtual void Put(std::string key, std::string value) = 0;
  virtual void Delete(std::string key) = 0;

  // Writes `value` under a key that is made at commit: `prefix` followed by the commit's revision (8 bytes) and the
  // ordinal of the append within the commit (4 bytes), both big-endian, so that entries sort in the order of commits. Never conflicts, and
  // is not seen by this transaction's own reads. For logs that many writers append to.
  virtual void Append(std::string prefix, std::string value) = 0;
};

// One key's change, as told by a Watch.
struct Change {
  std::string key;
  // nullopt when the key was deleted.
  std::optional<std::string> value;
};

// All changes of one commit within the watched prefix, in the order of the writes; each key at most once.
struct ChangeBatch {
  Revision revision = 0;
  std::vector<Change> changes;
};

// The changes under a prefix, in the order of revisions, each exactly once.
class Watch {
 public:
  virtual ~Watch() = default;

  // Waits until there is something to tell or `timeout` has passed. A batch without changes is a checkpoint: it says
  // that everything up to its revision has been told. Errors end the watch:
  //   kOutOfRange         the history after the last told revision is gone; read the state again and watch from there
  //   kResourceExhausted  this watch was too slow and was cut off; resume from the last told revision
  //   kCancelled          Cancel was called or the store is closing
  virtual absl::StatusOr<ChangeBatch> Next(absl::Duration timeout) = 0;

  // Ends the watch; a Next that waits returns kCancelled. May be called from any thread.
  virtual void Cancel() = 0;
};

// How a store is doing at a moment; for operators and metrics.
struct StoreStatistics {
  // Whether a commit would be tried: the engine has not failed, and there is space.
  bool writable = true;
  // Whether the engine has failed, so that it takes no writes before the process is started again.
  bool failed = false;
  // Bytes that the store's files take, those of its log and history included, and that are free where they are.
  int64_t used_bytes = 0;
  std::optional<int64_t> free_bytes;
  // Look-ups in the engine's own cache since the store was opened.
  int64_t cache_hits = 0;
  int64_t cache_misses = 0;
};

class Store {
 public:
  virtual ~Store() = default;

  // Reads the newest value of one key; the path that lookups take: no snapshot, no lock, no copy.
  // kNotFound when the key does not exist.
  virtual absl::Status Read(std::string_view key, ValueVisitor visitor) const = 0;

  virtual absl::StatusOr<std::unique_ptr<Snapshot>> TakeSnapshot() const = 0;

  virtual absl::StatusOr<std::unique_ptr<Transaction>> Begin() = 0;

  // Makes the transaction's writes durable and visible, all or nothing, and returns their revision (for a transaction
  // without writes: the snapshot's). Concurrent commits share one synchronous log write.
  virtual absl::StatusOr<Revision> Commit(std::unique_ptr<Transaction> transaction) = 0;

  // Tells the changes under `prefix` (empty: all) that come after revision `after`: first from history, then as they
  // happen. kOutOfRange when the history after `after` is already gone, or when the store has not come as far as `after`
  // (it was put back from a copy); kInvalidArgument when `after` is negative. A slow watch never slows writers.
  virtual absl::StatusOr<std::unique_ptr<Watch>> WatchChanges(std::string prefix, Revision after) = 0;

  // The newest acknowledged revision.
  virtual Revision CurrentRevision() const = 0;

  // Milliseconds at most: no data is read.
  virtual StoreStatistics Statistics() const = 0;

  // Writes a copy of the store as it is at one revision into `directory` while reads and writes go on, and returns that
  // revision; what was acknowledged before the call is in the copy. The directory must not exist (kAlreadyExists), its
  // parent must. The engine's own files are in it afterwards: a store can be opened there. That store goes on with
  // revisions that this one does not reach, so that no etag and no place in the change feed of one is taken for the
  // other's, and it has no history. Nothing is left of a copy that failed.
  virtual absl::StatusOr<Revision> CopyTo(const std::string& directory) = 0;
};

// The smallest range that holds every key with this prefix.
KeyRange PrefixRange(std::string_view prefix);

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_STORE_H_
