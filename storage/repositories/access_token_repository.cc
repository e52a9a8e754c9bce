#include "storage/repositories/access_token_repository.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "storage/run_in_transaction.h"

namespace cimd::storage {
namespace {

// Tokens that one commit deletes; each token takes three deletions.
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

absl::Status DeleteUnreadableAccessToken(Transaction& transaction, std::string_view owner, std::string_view id) {
  auto tokens = transaction.Scan(keys::All(keys::kPlatform, keys::Kind::kAccessToken), /*limit=*/0);
  if (!tokens.ok()) return tokens.status();
  for (const Entry& entry : *tokens) {
    AccessTokenRecord record;
    if (ParseRecord(entry.value, record).ok() && record.id() == id && keys::OwnerOf(record.tenant()) == owner) {
      transaction.Delete(entry.key);
    }
  }
  transaction.Delete(keys::AccessTokenById(owner, id));
  transaction.Delete(keys::AccessTokenUse(owner, id));
  return absl::OkStatus();
}

absl::Status DeleteAccessTokens(Store& store, std::string_view owner) {
  bool more = true;
  while (more) {
    absl::StatusOr<Revision> committed = RunInTransaction(store, [&](Transaction& transaction) -> absl::Status {
      auto entries = transaction.Scan(keys::All(owner, keys::Kind::kAccessTokenById), kDeletionsPerCommit);
      if (!entries.ok()) return entries.status();
      more = entries->size() == kDeletionsPerCommit;
      for (const Entry& entry : *entries) {
        const std::string id = keys::FirstPartOf(entry.key);
        AccessTokenIdRecord record;
        if (ParseRecord(entry.value, record).ok()) {
          DeleteAccessToken(transaction, owner, id, record.digest());
        } else if (absl::Status status = DeleteUnreadableAccessToken(transaction, owner, id); !status.ok()) {
          return status;
        }
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
        // A deleted token must not get a record: its tenant may be being deleted.
        auto token = FindAccessTokenById(transaction, uses[i].owner, uses[i].id);
        // One unreadable record must not block the writing of all other uses.
        if (absl::IsDataLoss(token.status())) continue;
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
