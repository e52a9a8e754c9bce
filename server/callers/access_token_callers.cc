#include "server/callers/access_token_callers.h"

#include <vector>

#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/errors/errors.h"
#include "storage/repositories/access_token_repository.h"

namespace cimd::callers {

absl::StatusOr<std::optional<rpc::Caller>> AccessTokenCallers::Find(std::string_view token_digest) const {
  // The revision is taken before the read, so the record is at least as new and includes every commit acknowledged so
  // far.
  const storage::Revision revision = store_.CurrentRevision();
  std::optional<rpc::Caller> caller = FindKnown(token_digest, revision);
  if (!caller.has_value()) {
    absl::StatusOr<std::optional<rpc::Caller>> read = Read(token_digest);
    if (!read.ok() || !read->has_value()) return read;
    caller = **std::move(read);
    Keep(token_digest, revision, *caller);
  }
  const absl::Time now = clock_.Now();
  if (now >= caller->expire_time) return std::nullopt;
  NoteUse(*caller, now);
  return caller;
}

absl::StatusOr<std::optional<rpc::Caller>> AccessTokenCallers::Read(std::string_view token_digest) const {
  storage::MaybeStored<storage::AccessTokenRecord> found = storage::FindAccessToken(store_, token_digest);
  if (!found.ok()) return rpc::errors::FromStore(found.status());
  if (!found->has_value()) return std::nullopt;
  storage::AccessTokenRecord& record = (*found)->record;
  const absl::Time expiry = record.has_expire_time() ? absl::FromUnixSeconds(record.expire_time().seconds()) +
                                                           absl::Nanoseconds(record.expire_time().nanos())
                                                     : absl::InfiniteFuture();
  return rpc::Caller{.kind = v1::CALLER_KIND_ACCESS_TOKEN,
                     .id = std::move(*record.mutable_id()),
                     .name = std::move(*record.mutable_display_name()),
                     .scopes = {record.scopes().begin(), record.scopes().end()},
                     .tenant = std::move(*record.mutable_tenant()),
                     .expire_time = expiry};
}

AccessTokenCallers::KnownShard& AccessTokenCallers::KnownShardOf(std::string_view token_digest) const {
  return known_[token_digest.empty() ? 0 : static_cast<unsigned char>(token_digest.back()) % kShards];
}

std::optional<rpc::Caller> AccessTokenCallers::FindKnown(std::string_view token_digest,
                                                         storage::Revision revision) const {
  KnownShard& shard = KnownShardOf(token_digest);
  absl::MutexLock lock(&shard.mutex);
  const auto known = shard.tokens.find(absl::string_view(token_digest.data(), token_digest.size()));
  if (known == shard.tokens.end() || known->second.revision != revision) return std::nullopt;
  return known->second.caller;
}

void AccessTokenCallers::Keep(std::string_view token_digest, storage::Revision revision,
                              const rpc::Caller& caller) const {
  KnownShard& shard = KnownShardOf(token_digest);
  absl::MutexLock lock(&shard.mutex);
  if (shard.tokens.size() >= kMaxKnownPerShard) shard.tokens.clear();
  shard.tokens.insert_or_assign(std::string(token_digest), Known{revision, caller});
}

AccessTokenCallers::Shard& AccessTokenCallers::ShardOf(const std::string& id) const {
  // Ids of tokens are random, so an id identifies the token in every tenant.
  return shards_[absl::Hash<std::string>()(id) % kShards];
}

void AccessTokenCallers::NoteUse(const rpc::Caller& caller, absl::Time now) const {
  const int64_t minute = absl::ToUnixSeconds(now) / 60;
  Shard& shard = ShardOf(caller.id);
  absl::MutexLock lock(&shard.mutex);
  if (auto use = shard.minutes.find(caller.id); use != shard.minutes.end()) {
    use->second.second = minute;
  } else if (shard.minutes.size() < kMaxUsesPerShard) {
    shard.minutes.emplace(caller.id, std::pair(caller.tenant, minute));
  }
}

absl::Status AccessTokenCallers::FlushUses() {
  std::vector<storage::AccessTokenUse> uses;
  for (Shard& shard : shards_) {
    const absl::MutexLock lock(&shard.mutex);
    for (const auto& [id, use] : shard.minutes) {
      const auto& [tenant, minute] = use;
      uses.push_back(
          {.owner = std::string(storage::keys::OwnerOf(tenant)), .id = id, .time = absl::FromUnixSeconds(minute * 60)});
    }
  }
  if (absl::Status status = storage::PutAccessTokenUses(store_, uses); !status.ok()) return status;
  // A later use has a later minute and stays. A use in the same minute is recorded again.
  for (const storage::AccessTokenUse& use : uses) {
    Shard& shard = ShardOf(use.id);
    const absl::MutexLock lock(&shard.mutex);
    const auto kept = shard.minutes.find(use.id);
    if (kept != shard.minutes.end() && absl::FromUnixSeconds(kept->second.second * 60) == use.time) {
      shard.minutes.erase(kept);
    }
  }
  return absl::OkStatus();
}

}  // namespace cimd::callers
