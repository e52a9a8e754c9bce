#ifndef CIMD_STORAGE_STORE_H_
#define CIMD_STORAGE_STORE_H_

#include <cstddef>
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

// The contract between this system and its storage engine: an ordered key-value store with revisions, serializable
// transactions and a resumable change feed. An embedded engine (storage/rocksdb) and a replicated one both implement
// it. tests/conformance is this text as a test suite; every implementation must pass it.
//
// Revisions
//   A revision is the number of a commit. An empty store has revision 0. Each commit that writes gets a greater number
//   than every commit before it. Numbers are never reused, also not after a failed commit or a restart. There can be
//   gaps. The store keeps, for each key, the revision of the commit that last wrote it. Etags, watch cursors and
//   positions in audit logs are made from revisions.
//
// Keys and values
//   Both are arbitrary bytes. Keys are not empty. They are ordered byte by byte, as unsigned bytes, and a prefix comes
//   before its extensions. Callers own all keys: an implementation must not reserve any. Callers of the API control
//   parts of keys (a URL) and of values.
//
// Consistency
//   Transactions are serializable: the result is as if the commits had run one after the other, in the order of their
//   revisions. A range that a transaction scanned is protected against insertions too. A read outside of a transaction
//   sees every commit that was acknowledged before the read began. A snapshot, and a transaction, reads one revision.
//
// Durability
//   When Commit returns a revision, the commit survives a crash of the process and of the machine. No read returns
//   data that a crash could take back.
//
// Outcome of a failed commit
//   kUnknown: the commit may have happened, or may still appear. A read after the store was opened again tells.
//   Every other code: the commit did not happen and will not.
//
// Errors
//   kInvalidArgument    an empty key, or a commit beyond one of the limits below; the message names the limit.
//                       Retrying does not help.
//   kResourceExhausted  no space is left. The same commit can succeed later. (For Watch::Next, see there.)
//   kAborted            only from Commit: another commit changed what the transaction had read. Run it again from the
//                       beginning; storage/run_in_transaction.h does that.
//   kUnavailable        the engine cannot do this now. Reads may work while writes do not.
//   kDataLoss           stored bytes are damaged or missing.
//   kUnknown            only from Commit; see above.
//   Messages are for logs and operators. They hold no text of the underlying engine, no key and no value.
//
// Threads
//   Store is safe for concurrent use. A Snapshot, Transaction or Watch belongs to one thread at a time, except for
//   Watch::Cancel. All of them must be destroyed before their Store.

// Limits are those of the weakest implementation, so that every store can be moved to every other implementation.
inline constexpr size_t kMaxKeyBytes = 4096;
inline constexpr size_t kMaxValueBytes = 1 << 20;
// Keys written by one commit; several writes of one key count once, each append counts.
inline constexpr int kMaxOperationsPerCommit = 128;
// Keys and values of one commit together.
inline constexpr size_t kMaxCommitBytes = 8 << 20;

using Revision = int64_t;

struct Entry {
  std::string key;
  std::string value;
  // The commit that last wrote the key. Positive; 0 for an entry that the reading transaction itself wrote.
  Revision revision = 0;
};

// The keys k with begin <= k < end.
struct KeyRange {
  std::string begin;
  // Empty: there is no upper bound.
  std::string end;
};

// Receives a value in place. `value` is valid during the call only. An error is returned to the caller of the read.
using ValueVisitor = absl::FunctionRef<absl::Status(std::string_view value, Revision revision)>;

// Receives each entry of a scan, in the order of keys. The views are valid during the call only. False ends the scan,
// which then succeeds.
using EntryVisitor = absl::FunctionRef<bool(std::string_view key, std::string_view value, Revision revision)>;

// A read-only view of the store at one revision. While it exists, the engine keeps data that was overwritten since:
// hold it for seconds, not for hours.
class Snapshot {
 public:
  virtual ~Snapshot() = default;

  // The revision of the newest commit in this view.
  virtual Revision revision() const = 0;

  // kNotFound when the key does not exist.
  virtual absl::Status Read(std::string_view key, ValueVisitor visitor) const = 0;

  // Visits the first `limit` entries of the range; all of them when `limit` is 0. An empty range has no entries.
  // kInvalidArgument when `limit` is negative.
  virtual absl::Status Scan(const KeyRange& range, int limit, EntryVisitor visitor) const = 0;
};

// A read-write transaction. It reads one snapshot and its own writes, and buffers writes until Store::Commit. What it
// reads is noted; Commit fails with kAborted if any of these reads would now give another answer. A transaction that is
// destroyed without a commit has no effect.
class Transaction {
 public:
  virtual ~Transaction() = default;

  // The entry of a key; nullopt when there is none.
  virtual absl::StatusOr<std::optional<Entry>> Get(std::string_view key) = 0;

  // The first `limit` entries of the range (0: all), in the order of keys. When the limit is reached, only the part of
  // the range up to the last entry counts as read.
  virtual absl::StatusOr<std::vector<Entry>> Scan(const KeyRange& range, int limit) = 0;

  // The last write of a key wins. Deleting a key that does not exist is no error. Commit checks the limits.
  virtual void Put(std::string key, std::string value) = 0;
  virtual void Delete(std::string key) = 0;

  // Adds a new entry whose key is made by Commit: `prefix`, the commit's revision (8 bytes, big-endian) and the number
  // of this append within the commit, from 0 (4 bytes, big-endian). Entries therefore sort in the order of commits.
  // Appends never conflict with each other, and reads of this transaction do not show them.
  virtual void Append(std::string prefix, std::string value) = 0;
};

// A change of one key.
struct Change {
  std::string key;
  // nullopt: the key was deleted.
  std::optional<std::string> value;
};

// The changes of one commit within a watched prefix, in the order in which the keys were first written; each key once.
struct ChangeBatch {
  Revision revision = 0;
  std::vector<Change> changes;
};

// A stream of the changes under a prefix: every commit's exactly once, in the order of revisions.
class Watch {
 public:
  virtual ~Watch() = default;

  // Waits for the next batch, for at most `timeout`. A batch without changes is a checkpoint: everything up to its
  // revision was delivered. A timeout returns a checkpoint. Errors end the watch:
  //   kOutOfRange         the history after the last delivered revision is gone: read the state again and watch from
  //                       there
  //   kResourceExhausted  the watch was too slow: open a new one from the last delivered revision
  //   kCancelled          Cancel was called, or the store is being destroyed
  virtual absl::StatusOr<ChangeBatch> Next(absl::Duration timeout) = 0;

  // Ends the watch. A waiting Next returns kCancelled. May be called from any thread.
  virtual void Cancel() = 0;
};

// The state of a store at one moment, for operators and metrics.
struct StoreStatistics {
  // Whether a small commit would be tried: the engine works, and there is space.
  bool writable = true;
  // Whether the engine accepts no writes until the store is opened again.
  bool failed = false;
  // Bytes of all files of the store, its logs and history among them.
  int64_t used_bytes = 0;
  // Bytes that are free on the store's file system; nullopt when that is not known.
  std::optional<int64_t> free_bytes;
  // Lookups in the engine's own cache since the store was opened.
  int64_t cache_hits = 0;
  int64_t cache_misses = 0;
};

class Store {
 public:
  virtual ~Store() = default;

  // Reads the newest value of a key. This is the path of lookups: implementations avoid locks, snapshots and copies.
  // kNotFound when the key does not exist.
  virtual absl::Status Read(std::string_view key, ValueVisitor visitor) const = 0;

  // A view of the newest revision.
  virtual absl::StatusOr<std::unique_ptr<Snapshot>> TakeSnapshot() const = 0;

  // A transaction over the newest revision.
  virtual absl::StatusOr<std::unique_ptr<Transaction>> Begin() = 0;

  // Commits a transaction of this store: all of its writes become durable and visible together. Returns their revision;
  // for a transaction without writes, which is not checked for conflicts, the revision of its snapshot. Blocks until
  // the commit is durable. Concurrent commits share one synchronisation of the log.
  virtual absl::StatusOr<Revision> Commit(std::unique_ptr<Transaction> transaction) = 0;

  // Opens a watch of the changes under `prefix` (empty: all) after revision `after`. It delivers history first, then
  // new commits. A slow watch never delays commits. The implementation's options limit the history.
  //   kInvalidArgument  `after` is negative
  //   kOutOfRange       the history after `after` is gone, or the store has not reached `after` because it is a
  //                     restored copy
  virtual absl::StatusOr<std::unique_ptr<Watch>> WatchChanges(std::string prefix, Revision after) = 0;

  // The revision of the newest acknowledged commit.
  virtual Revision CurrentRevision() const = 0;

  // Reads no data; takes milliseconds at most.
  virtual StoreStatistics Statistics() const = 0;

  // Copies the store, as of one revision, into the new directory `directory`, and returns that revision. Reads and
  // commits go on meanwhile. Every commit that was acknowledged before the call is in the copy. A store of the same
  // implementation can be opened there. That store has no history, and its revisions continue far above those of this
  // store, so that etags and watch cursors of one are never valid for the other. A failed copy leaves nothing behind.
  //   kAlreadyExists    the directory exists; its parent directory must exist
  virtual absl::StatusOr<Revision> CopyTo(const std::string& directory) = 0;
};

// The range of all keys that begin with `prefix`.
KeyRange PrefixRange(std::string_view prefix);

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_STORE_H_
