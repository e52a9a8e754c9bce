#include "server/assertions/key_cache.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "cimd/storage/records.pb.h"
#include "server/assertions/client_keys.h"
#include "server/errors/errors.h"
#include "server/rpc/proto_time.h"
#include "storage/keys.h"
#include "storage/record.h"

namespace cimd::services {
namespace {

// An entry without keys also takes memory.
size_t WeightOf(const ReadyKeys& keys) { return keys.keys.size() + 1; }

std::shared_ptr<const ReadyKeys> MakeReady(const storage::ClientKeysRecord& record, storage::Revision revision,
                                           absl::Time now) {
  const v1::ClientKeys& stored = record.client_keys();
  auto ready = std::make_shared<ReadyKeys>();
  ready->revision = revision;
  for (const v1::ClientKey& key : stored.keys()) {
    const absl::Time until = VerifiesUntil(record, key);
    if (until <= now) continue;
    std::optional<jose::Jwk> jwk = ParseKey(key);
    if (!jwk.has_value()) continue;
    ready->keys.push_back(*std::move(jwk));
    ready->keys_until = std::min(ready->keys_until, until);
  }
  ready->read = stored.has_fetch_time();
  if (stored.has_fresh_until_time()) ready->fresh_until = FromProto(stored.fresh_until_time());
  if (stored.has_usable_until_time()) ready->usable_until = FromProto(stored.usable_until_time());
  return ready;
}

}  // namespace

KeyCache::KeyCache(const storage::Store& store, size_t max_keys) : store_(store) {
  for (std::unique_ptr<Shard>& shard : shards_) shard = std::make_unique<Shard>(max_keys / kShards);
}

absl::StatusOr<std::shared_ptr<const ReadyKeys>> KeyCache::Find(std::string_view tenant, std::string_view client,
                                                                absl::Time now) {
  const std::string key = storage::keys::ClientKeys(tenant, client);
  std::shared_ptr<const ReadyKeys> cached = Cached(key);
  storage::ClientKeysRecord record;
  storage::Revision revision = 0;
  bool current = false;
  absl::Status status = store_.Read(key, [&](std::string_view value, storage::Revision stored) {
    revision = stored;
    current = cached != nullptr && cached->revision == stored && cached->keys_until > now;
    return current ? absl::OkStatus() : storage::ParseRecord(value, record);
  });
  if (current) {
    ShardOf(key).hits.fetch_add(1, std::memory_order_relaxed);
    return cached;
  }
  if (absl::IsNotFound(status)) {
    static const std::shared_ptr<const ReadyKeys>& none = *new std::shared_ptr<const ReadyKeys>(new ReadyKeys());
    return none;
  }
  if (!status.ok()) return rpc::errors::FromStore(status);
  ShardOf(key).misses.fetch_add(1, std::memory_order_relaxed);
  std::shared_ptr<const ReadyKeys> ready = MakeReady(record, revision, now);
  Keep(key, ready);
  return ready;
}

KeyCache::Lookups KeyCache::lookups() const {
  Lookups all;
  for (const std::unique_ptr<Shard>& shard : shards_) {
    all.hits += shard->hits.load(std::memory_order_relaxed);
    all.misses += shard->misses.load(std::memory_order_relaxed);
  }
  return all;
}

KeyCache::Shard& KeyCache::ShardOf(const std::string& key) { return *shards_[std::hash<std::string>()(key) % kShards]; }

std::shared_ptr<const ReadyKeys> KeyCache::Cached(const std::string& key) {
  Shard& shard = ShardOf(key);
  const absl::MutexLock lock(&shard.mutex);
  const std::shared_ptr<const ReadyKeys>* found = shard.keys.Find(key);
  return found == nullptr ? nullptr : *found;
}

void KeyCache::Keep(const std::string& key, std::shared_ptr<const ReadyKeys> keys) {
  Shard& shard = ShardOf(key);
  const size_t weight = WeightOf(*keys);
  const absl::MutexLock lock(&shard.mutex);
  // Another thread may have cached a newer record in the meantime.
  const std::shared_ptr<const ReadyKeys>* found = shard.keys.Peek(key);
  if (found != nullptr && (*found)->revision > keys->revision) return;
  shard.keys.Put(key, std::move(keys), weight);
}

}  // namespace cimd::services
