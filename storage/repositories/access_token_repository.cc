#include "storage/repositories/access_token_repository.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "storage/run_in_transaction.h"

namespace cimd::storage {
namespace {

// Three deletions each.
constexpr int kDeletionsPerCommit = 40;
constexpr size_t kUsesPerCommit = 100;

}  // namespace

void PutAccessToken(Transaction& transaction, std::string_view owner, std::string_view id,
                    const AccessTokenIdRecord& record) {
  PutRecord(transaction, keys::AccessTokenById(owner, id), record);
  const v1::AccessToken& token = record.access_token();
  if (token.has_revoke_time()) return transaction.Delete(keys::AccessToken(record.digest()));
  AccessTokenRecord in_force;
  in_force.set_id(std::string(id));
  in_force.set_display_name(token.display_name());
  *in_force.mutable_scopes() = token.scopes();
  if (owner != keys::kPlatform) in_force.set_tenant(std::string(owner));
  if (token.has_expire_time()) *in_force.mutable_expire_time() = token.expire_time();
  PutRecord(transaction, keys::AccessToken(record.digest()), in_force);
}

void DeleteAccessToken(Transaction& transaction, std::string_view owner, std::string_view id,
                       std::string_view token_digest) {
  transaction.Delete(keys::AccessToken(token_digest));
  transaction.Delete(keys::AccessTokenById(owner, id));
  transaction.Delete(keys::AccessTokenUse(owner, id));
}

absl::Status DeleteAccessTokens(Store& store, std::string_view owner) {
  bool more = true;
  while (more) {
    absl::StatusOr<Revision> committed = RunInTransaction(store, [&](Transaction& transaction) -> absl::Status {
      auto entries = transaction.Scan(keys::All(owner, keys::Kind::kAccessTokenById), kDeletionsPerCommit);
      if (!entries.ok()) return entries.status();
      more = entries->size() == kDeletionsPerCommit;
      for (const Entry& entry : *entries) {
        AccessTokenIdRecord record;
        if (absl::Status status = ParseRecord(entry.value, record); !status.ok()) return status;
        const std::string& name = record.access_token().name();
        DeleteAccessToken(transaction, owner, std::string_view(name).substr(name.rfind('/') + 1), record.digest());
      }
      return absl::OkStatus();
    });
    if (!committed.ok()) return committed.status();
  }
  return absl::OkStatus();
}

absl::Status PutAccessTokenUses(Store& store, const std::vector<AccessTokenUse>& uses) {
  for (size_t begin = 0; begin < uses.size(); begin += kUsesPerCommit) {
    const size_t end = std::min(uses.size(), begin + kUsesPerCommit);
    absl::StatusOr<Revision> committed = RunInTransaction(store, [&](Transaction& transaction) -> absl::Status {
      for (size_t i = begin; i < end; ++i) {
        // Nothing may be written for a token that is gone: its tenant may be going, too.
        auto token = FindAccessTokenById(transaction, uses[i].owner, uses[i].id);
        if (!token.ok()) return token.status();
        if (!token->has_value()) continue;
        AccessTokenUseRecord record;
        record.mutable_time()->set_seconds(absl::ToUnixSeconds(uses[i].time));
        PutRecord(transaction, keys::AccessTokenUse(uses[i].owner, uses[i].id), record);
      }
      return absl::OkStatus();
    });
    if (!committed.ok()) return committed.status();
  }
  return absl::OkStatus();
}

}  // namespace cimd::storage
