#ifndef CIMD_SERVER_ASSERTIONS_KEY_CACHE_H_
#define CIMD_SERVER_ASSERTIONS_KEY_CACHE_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/cache/lru_map.h"
#include "server/jose/jwk.h"
#include "storage/store.h"

namespace cimd::services {

// A client's verifying keys, parsed. Immutable.
struct ReadyKeys {
  // The revision of the record that the keys were parsed from.
  storage::Revision revision = 0;
  std::vector<jose::Jwk> keys;
  // The time at which the first of the keys stops verifying.
  absl::Time keys_until = absl::InfiniteFuture();
  // Infinite for keys from the document itself.
  absl::Time fresh_until = absl::InfiniteFuture();
  absl::Time usable_until = absl::InfiniteFuture();
  // Whether a key set was ever read.
  bool read = false;
};

// Caches parsed keys by client. Each look-up reads the record's revision from the store, so a result is never older
// than the newest commit. The cache saves the parsing, which costs more than a verification. Thread-safe. The number of
// keys is limited; the least recently used keys are dropped first.
class KeyCache {
 public:
  // `store` must outlive this object. A key takes some kilobytes.
  explicit KeyCache(const storage::Store& store, size_t max_keys = 32'768);

  // The keys of a client that verify at `now`; both parameters are ids. Returns an empty ReadyKeys if nothing is
  // stored. Never null.
  absl::StatusOr<std::shared_ptr<const ReadyKeys>> Find(std::string_view tenant, std::string_view client,
                                                        absl::Time now);

  // Look-ups of stored keys that found them parsed (hits), and those that did not (misses).
  struct Lookups {
    int64_t hits = 0;
    int64_t misses = 0;
  };
  Lookups lookups() const;

 private:
  struct Shard {
    explicit Shard(size_t max_keys) : keys(max_keys) {}

    absl::Mutex mutex;
    cache::LruMap<std::shared_ptr<const ReadyKeys>> keys ABSL_GUARDED_BY(mutex);
    std::atomic<int64_t> hits = 0;
    std::atomic<int64_t> misses = 0;
  };
  static constexpr size_t kShards = 16;

  Shard& ShardOf(const std::string& key);
  std::shared_ptr<const ReadyKeys> Cached(const std::string& key);
  void Keep(const std::string& key, std::shared_ptr<const ReadyKeys> keys);

  const storage::Store& store_;
  std::array<std::unique_ptr<Shard>, kShards> shards_;
};

}  // namespace cimd::services

#endif  // CIMD_SERVER_ASSERTIONS_KEY_CACHE_H_
