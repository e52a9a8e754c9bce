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

// Callers with an access token. What was read of a token is used again for as long as nothing at all is committed to
// the store, and not a commit longer: a token that was revoked is gone at once. That a token was used is remembered
// here and written down later, so that no call waits for it. Thread-safe.
class AccessTokenCallers {
 public:
  // Both outlive this.
  AccessTokenCallers(storage::Store& store, const rpc::Clock& clock) : store_(store), clock_(clock) {}

  // The caller whose token has this SHA-256; nullopt when there is none or the token has expired.
  absl::StatusOr<std::optional<rpc::Caller>> Find(std::string_view token_digest) const;

  // Writes the uses since the last success to the store, to the minute. A crash loses those that were not written yet;
  // an error of the store loses none.
  absl::Status FlushUses();

 private:
  // By the owner's id and the token's: the minute of the last use. More tokens than this, used within a minute, are not
  // remembered, for memory is bounded.
  static constexpr size_t kShards = 16;
  static constexpr size_t kMaxUsesPerShard = 4096;
  struct Shard {
    absl::Mutex mutex;
    absl::flat_hash_map<std::string, std::pair<std::string, int64_t>> minutes ABSL_GUARDED_BY(mutex);
  };

  // By the token's digest: what the store held at a revision. Only tokens that exist are kept, so nobody can fill this
  // with what they invent; a shard that is full begins anew.
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
