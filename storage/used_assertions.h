#ifndef CIMD_STORAGE_USED_ASSERTIONS_H_
#define CIMD_STORAGE_USED_ASSERTIONS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace cimd::storage {

struct UsedAssertionsOptions {
  // Created with mode 0700 if absent. One process at a time may use it: the one that holds the store's directory.
  std::string directory;
  // Limits on the entries kept at the same time, in total and per client, so that no client can use the space of the
  // others. An entry takes about 150 bytes of memory and 56 bytes of disk.
  size_t max_entries = 2'000'000;
  size_t max_entries_per_client = 500'000;
  // How long one file is appended to. A file is deleted when all its entries have expired.
  absl::Duration segment_span = absl::Minutes(1);
};

// Records the client assertions that were used, so that each is accepted once (RFC 7523 section 3, the jti; OpenID
// Connect Core section 9). Of concurrent calls with the same digest exactly one gets kFirst. Not kept in the store:
// entries are many, small and short-lived, and a login must not wait for an fsync for each.
//
// Durability: a restart or a crash of the process (kill -9) loses nothing, because Remember hands each entry to the
// operating system before it returns. A power failure or a crash of the machine can lose the entries since the last
// Sync, about one second: an assertion used in that second and not yet expired could then be used once more.
//
// The files are append-only segments of records of fixed size with a checksum. A torn or damaged record is skipped. The
// records do not say which shard holds them, so files of earlier versions are read as they are.
//
// Thread-safe. Remember takes about a microsecond and blocks for no longer than a write to the page cache.
class UsedAssertions {
 public:
  // SHA-256 of what identifies the assertion. A cryptographic digest, because an attacker chooses its input.
  static constexpr size_t kDigestBytes = 32;

  enum class Use {
    kFirst,
    kAgain,
    // max_entries or max_entries_per_client is reached. Nothing was recorded.
    kTooMany,
    // The write failed. The digest counts as used; the caller must refuse the assertion.
    kNotWritten,
  };

  // Reads the entries of earlier runs that have not expired by `now`. UNAVAILABLE when the directory or one of its
  // files cannot be made or read; the message names it.
  static absl::StatusOr<std::unique_ptr<UsedAssertions>> Open(UsedAssertionsOptions options, absl::Time now);
  ~UsedAssertions();

  // Records `digest` (kDigestBytes) as used. Callers must reject assertions past `until` themselves. `client` only
  // counts against max_entries_per_client: the same digest is found whichever client it was recorded for, so deleting
  // a client and registering it again under a new name does not make its assertions usable again. Drops entries that
  // expired by `now`.
  Use Remember(std::string_view client, std::string_view digest, absl::Time until, absl::Time now);

  // Makes the entries recorded so far durable, and drops expired entries and segments. Call it about once a second,
  // from one thread. UNAVAILABLE when a file cannot be synchronized or deleted; the message names it.
  absl::Status Sync(absl::Time now);

  // Entries kept now, including those that expired in the last two minutes. For tests and metrics.
  size_t size() const { return size_; }

 private:
  using Digest = std::array<char, kDigestBytes>;
  struct Record;
  struct Segment;

  struct Entry {
    Digest digest;
    uint64_t client;
  };

  // A part of the entries, chosen by the digest alone: the digest decides whether an assertion was used.
  struct Shard {
    absl::Mutex mutex;
    absl::flat_hash_map<Digest, int64_t> until ABSL_GUARDED_BY(mutex);
    // By the minute in which they expire.
    std::map<int64_t, std::vector<Entry>> expiring ABSL_GUARDED_BY(mutex);
  };
  // The number of entries of a part of the clients. Locked after a Shard.
  struct ClientCounts {
    absl::Mutex mutex;
    absl::flat_hash_map<uint64_t, size_t> entries ABSL_GUARDED_BY(mutex);
  };
  static constexpr size_t kShards = 16;

  explicit UsedAssertions(UsedAssertionsOptions options);

  absl::Status Load(const std::string& path, absl::Time now);
  Use Insert(const Record& record, absl::Time now);
  // Takes one entry of the client's allowance; false when there is none left.
  bool CountIn(uint64_t client);
  void CountOut(uint64_t client);
  void Forget(Shard& shard, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);
  bool Write(const Record& record, absl::Time now);
  std::string SegmentPath(int64_t number) const;

  const UsedAssertionsOptions options_;
  std::array<Shard, kShards> shards_;
  std::array<ClientCounts, kShards> client_counts_;
  std::atomic<size_t> size_ = 0;

  absl::Mutex files_mutex_;
  // Oldest first. Only the last one is written to, and none while writable_ is false.
  std::list<std::shared_ptr<Segment>> segments_ ABSL_GUARDED_BY(files_mutex_);
  bool writable_ ABSL_GUARDED_BY(files_mutex_) = false;
  int64_t next_number_ ABSL_GUARDED_BY(files_mutex_) = 1;
};

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_USED_ASSERTIONS_H_
