#include "server/callers/access_token_callers.h"

#include <vector>

#include "absl/hash/hash.h"
#include "absl/time/time.h"
#include "server/rpc/errors.h"
#include "storage/access_token_repository.h"

namespace cimd::callers {

absl::StatusOr<std::optional<rpc::Caller>> AccessTokenCallers::Find(std::string_view token_digest) const {
  storage::MaybeStored<storage::AccessTokenRecord> found = storage::FindAccessToken(store_, token_digest);
  if (!found.ok()) return rpc::errors::FromStore(found.status());
  if (!found->has_value()) return std::nullopt;
  storage::AccessTokenRecord& record = (*found)->record;
  const absl::Time now = clock_.Now();
  const absl::Time expiry = record.has_expire_time() ? absl::FromUnixSeconds(record.expire_time().seconds()) +
                                                           absl::Nanoseconds(record.expire_time().nanos())
                                                     : absl::InfiniteFuture();
  if (now >= expiry) return std::nullopt;
  NoteUse(record, now);
  return rpc::Caller{.kind = v1::CALLER_KIND_ACCESS_TOKEN,
                     .id = std::move(*record.mutable_id()),
                     .name = std::move(*record.mutable_display_name()),
                     .scopes = {record.scopes().begin(), record.scopes().end()},
                     .tenant = std::move(*record.mutable_tenant()),
                     .expire_time = expiry};
}

void AccessTokenCallers::NoteUse(const storage::AccessTokenRecord& token, absl::Time now) const {
  const int64_t minute = absl::ToUnixSeconds(now) / 60;
  // Ids are random: the same one under two tenants does not happen.
  Shard& shard = shards_[absl::Hash<std::string>()(token.id()) % kShards];
  absl::MutexLock lock(&shard.mutex);
  if (auto use = shard.minutes.find(token.id()); use != shard.minutes.end()) {
    use->second.second = minute;
  } else if (shard.minutes.size() < kMaxUsesPerShard) {
    shard.minutes.emplace(token.id(), std::pair(token.tenant(), minute));
  }
}

absl::Status AccessTokenCallers::FlushUses() {
  std::vector<storage::AccessTokenUse> uses;
  for (Shard& shard : shards_) {
    absl::MutexLock lock(&shard.mutex);
    for (const auto& [id, use] : shard.minutes) {
      const auto& [tenant, minute] = use;
      uses.push_back({.owner = tenant.empty() ? std::string(storage::keys::kPlatform) : tenant,
                      .id = id,
                      .time = absl::FromUnixSeconds(minute * 60)});
    }
    shard.minutes.clear();
  }
  return storage::PutAccessTokenUses(store_, uses);
}

}  // namespace cimd::callers
