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

struct ReplayLogOptions {
  // Made if absent, with mode 0700. Belongs to one process at a time: whoever holds the store's directory.
  std::string directory;
  // Entries remembered at the same time: in all, and for one client, so that none can use up the room of the others.
  // An entry takes about 150 bytes of memory and 56 of disk.
  size_t max_entries = 2'000'000;
  size_t max_entries_per_client = 500'000;
  // How long one file is written to. A file goes when everything in it has expired.
  absl::Duration segment_span = absl::Minutes(1);
};

// Remembers what may be used once: the jti of client assertions (OpenID Connect Core section 9). Of two uses of the
// same entry, however close together, exactly one is the first. Not in the store, whose commits wait for the disk:
// entries are many, small and short-lived, and a login must not wait for an fsync for each.
//
// What survives: a restart and a crash of the process (kill -9) lose nothing, because every entry is handed to the
// operating system before Remember returns. A power failure or a crash of the machine can lose the entries since the
// last Sync, a second or so: an assertion used in that second and not yet expired could then be used once more, by
// somebody who had read it from an encrypted connection.
//
// The files are append-only segments of records of fixed size with a checksum. A torn or damaged record is passed over;
// the others count. Thread-safe; Remember takes about a microsecond and blocks for no longer than a write to the page
// cache.
class UsedAssertions {
 public:
  // What an entry is called: 32 bytes of a cryptographic digest, because what it is made from is an attacker's choice.
  static constexpr size_t kDigestBytes = 32;

  enum class Use {
    kFirst,
    kAgain,
    // The log is full, for this client or in all; nothing was remembered.
    kTooMany,
    // The entry could not be written and counts as used; whatever it stands for must be refused.
    kNotWritten,
  };

  // Reads what earlier runs left and has not expired by `now`. Errors name the directory.
  static absl::StatusOr<std::unique_ptr<UsedAssertions>> Open(ReplayLogOptions options, absl::Time now);
  ~UsedAssertions();

  // Uses an entry up until `until`, after which it must be refused for its age by somebody else. `digest` has
  // kDigestBytes; `client` is a name that no attacker chooses. What expired by `now` is forgotten on the way.
  Use Remember(std::string_view client, std::string_view digest, absl::Time until, absl::Time now);

  // Makes what was remembered so far durable, and drops segments that have expired. To be called about once a second,
  // by one thread.
  absl::Status Sync(absl::Time now);

  // Entries remembered now, those that expired lately included. For tests and metrics.
  size_t size() const { return size_; }

 private:
  using Digest = std::array<char, kDigestBytes>;
  struct Record;
  struct Segment;

  struct Entry {
    Digest digest;
    uint64_t client;
  };

  // A part of the entries with a lock of its own; a client's entries are in one part.
  struct Shard {
    absl::Mutex mutex;
    absl::flat_hash_map<Digest, int64_t> until ABSL_GUARDED_BY(mutex);
    absl::flat_hash_map<uint64_t, size_t> per_client ABSL_GUARDED_BY(mutex);
    // By the minute in which they expire.
    std::map<int64_t, std::vector<Entry>> expiring ABSL_GUARDED_BY(mutex);
  };
  static constexpr size_t kShards = 16;

  explicit UsedAssertions(ReplayLogOptions options);

  absl::Status Load(const std::string& path, absl::Time now);
  Use Insert(const Record& record, absl::Time now);
  void Forget(Shard& shard, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);
  bool Write(const Record& record, absl::Time now);
  std::string SegmentPath(int64_t number) const;

  const ReplayLogOptions options_;
  std::array<Shard, kShards> shards_;
  std::atomic<size_t> size_ = 0;

  absl::Mutex files_mutex_;
  // The newest last; only that one is written to, and none when the last write failed.
  std::list<std::shared_ptr<Segment>> segments_ ABSL_GUARDED_BY(files_mutex_);
  bool writable_ ABSL_GUARDED_BY(files_mutex_) = false;
  int64_t next_number_ ABSL_GUARDED_BY(files_mutex_) = 1;
};

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_USED_ASSERTIONS_H_
