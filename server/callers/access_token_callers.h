#ifndef CIMD_SERVER_CALLERS_ACCESS_TOKEN_CALLERS_H_
#define CIMD_SERVER_CALLERS_ACCESS_TOKEN_CALLERS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "cimd/storage/records.pb.h"
#include "server/rpc/clock.h"
#include "server/rpc/request_context.h"
#include "storage/store.h"

namespace cimd::callers {

// Authenticates callers by access token. A token's record is cached for one revision of the store: any commit makes the
// cache stale, so a revoked token is refused at once. Uses of tokens are recorded in memory and written later by
// FlushUses, so no call waits for a write. Thread-safe.
class AccessTokenCallers {
 public:
  // Both must outlive this.
  AccessTokenCallers(storage::Store& store, const rpc::Clock& clock) : store_(store), clock_(clock) {}

  // The caller whose token has this SHA-256. nullopt when there is no such token or it has expired. Errors are those of
  // errors::FromStore.
  absl::StatusOr<std::optional<rpc::Caller>> Find(std::string_view token_digest) const;

  // Writes the uses since the last successful flush to the store, rounded down to the minute. A crash loses the uses
  // that were not written; an error of the store loses none.
  absl::Status FlushUses();

 private:
  // Last use in minutes since the epoch, with the owning tenant, by the id of the token. Memory is bounded: when a
  // shard is full, uses of further tokens are not recorded until the next flush.
  static constexpr size_t kShards = 16;
  static constexpr size_t kMaxUsesPerShard = 4096;
  struct Shard {
    absl::Mutex mutex;
    absl::flat_hash_map<std::string, std::pair<std::string, int64_t>> minutes ABSL_GUARDED_BY(mutex);
  };

  // Callers by digest of the token, each as read at a revision. Only existing tokens are cached, so callers cannot fill
  // the cache with invented tokens. A full shard is cleared.
  static constexpr size_t kMaxKnownPerShard = 1024;
  struct Known {
    storage::Revision revision = 0;
    rpc::Caller caller;
  };
  struct KnownShard {
    absl::Mutex mutex;
    absl::flat_hash_map<std::string, Known> tokens ABSL_GUARDED_BY(mutex);
  };

  absl::StatusOr<std::optional<rpc::Caller>> Read(std::string_view token_digest) const;
  std::optional<rpc::Caller> FindKnown(std::string_view token_digest, storage::Revision revision) const;
  void Keep(std::string_view token_digest, storage::Revision revision, const rpc::Caller& caller) const;
  KnownShard& KnownShardOf(std::string_view token_digest) const;
  Shard& ShardOf(const std::string& id) const;
  void NoteUse(const rpc::Caller& caller, absl::Time now) const;

  storage::Store& store_;
  const rpc::Clock& clock_;
  mutable std::array<Shard, kShards> shards_;
  mutable std::array<KnownShard, kShards> known_;
};

}  // namespace cimd::callers

#endif  // CIMD_SERVER_CALLERS_ACCESS_TOKEN_CALLERS_H_
