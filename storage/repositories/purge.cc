#include "storage/repositories/purge.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cimd/storage/records.pb.h"
#include "storage/keys.h"
#include "storage/record.h"
#include "storage/repositories/access_token_repository.h"
#include "storage/repositories/connection_repository.h"
#include "storage/repositories/grant_repository.h"
#include "storage/repositories/tenant_repository.h"
#include "storage/run_in_transaction.h"

namespace cimd::storage {
namespace {

// Deleting a record and its index entries takes up to three deletions. The rest of a commit is for the purge's record
// and a tenant's record.
constexpr int kRecordsPerCommit = 32;

// Deletes a record and those of its index entries that are outside of the range. If the record does not parse, deletes
// the index entries that the key determines, and returns false.
absl::StatusOr<bool> PurgeEntry(Transaction& transaction, const Entry& entry) {
  const std::optional<keys::Parts> parts = keys::Parse(entry.key);
  transaction.Delete(entry.key);
  if (!parts.has_value()) return false;
  const std::string& tenant = parts->tenant;
  const std::vector<std::string>& names = parts->strings;
  switch (parts->kind) {
    case keys::Kind::kClientGrant:
    case keys::Kind::kClientGrantByClient: {
      ClientGrantRecord record;
      if (ParseRecord(entry.value, record).ok()) {
        DeleteClientGrant(transaction, tenant, record);
        return true;
      }
      const bool by_client = parts->kind == keys::Kind::kClientGrantByClient;
      const std::string& api = names[by_client ? 1 : 0];
      const std::string& client = names[by_client ? 0 : 1];
      const int subject_type = static_cast<int>(parts->number);
      transaction.Delete(keys::ClientGrant(tenant, api, client, subject_type));
      if (!client.empty()) transaction.Delete(keys::ClientGrantByClient(tenant, client, api, subject_type));
      return false;
    }
    case keys::Kind::kConnectionClient:
      SetConnectionClient(transaction, tenant, names[0], names[1], /*enabled=*/false);
      return true;
    case keys::Kind::kClientConnection:
      SetConnectionClient(transaction, tenant, names[1], names[0], /*enabled=*/false);
      return true;
    case keys::Kind::kAccessTokenById: {
      AccessTokenIdRecord record;
      if (ParseRecord(entry.value, record).ok()) {
        transaction.Delete(keys::AccessToken(record.digest()));
        return true;
      }
      if (absl::Status status = DeleteUnreadableAccessToken(transaction, tenant, names[0]); !status.ok()) return status;
      return false;
    }
    default:
      return true;
  }
}

absl::Status FinishPurge(Transaction& transaction, const std::string& key, const PurgeRecord& purge) {
  transaction.Delete(key);
  if (purge.tenant().empty()) return absl::OkStatus();
  MaybeStored<TenantRecord> tenant = FindTenant(transaction, purge.tenant());
  // If the record does not parse, its addresses are unknown and stay. `cimdctl admin check` reports them.
  if (absl::IsDataLoss(tenant.status())) transaction.Delete(keys::Tenant(purge.tenant()));
  if (!tenant.ok()) return absl::IsDataLoss(tenant.status()) ? absl::OkStatus() : tenant.status();
  if (tenant->has_value()) DeleteTenant(transaction, (*tenant)->record.tenant());
  return absl::OkStatus();
}

}  // namespace

void SchedulePurge(Transaction& transaction, const KeyRange& range, std::string_view tenant) {
  PurgeRecord purge;
  purge.set_begin(range.begin);
  purge.set_end(range.end);
  purge.set_tenant(std::string(tenant));
  // Scheduling the same range twice has no further effect.
  PutRecord(transaction, keys::Purge(range.begin), purge);
}

absl::StatusOr<bool> PurgeWalk::Step(UnreadableRecordVisitor unreadable) {
  std::string purge_key;
  std::vector<std::string> skipped;
  absl::StatusOr<Revision> committed = RunInTransaction(store_, [&](Transaction& transaction) -> absl::Status {
    purge_key.clear();
    skipped.clear();
    KeyRange rest = keys::All(keys::kPlatform, keys::Kind::kPurge);
    if (!next_key_.empty()) rest.begin = next_key_;
    absl::StatusOr<std::vector<Entry>> purges = transaction.Scan(rest, /*limit=*/1);
    if (!purges.ok()) return purges.status();
    if (purges->empty()) return absl::OkStatus();
    purge_key = purges->front().key;
    PurgeRecord purge;
    if (absl::Status status = ParseRecord(purges->front().value, purge); !status.ok()) return status;
    absl::StatusOr<std::vector<Entry>> entries = transaction.Scan({purge.begin(), purge.end()}, kRecordsPerCommit);
    if (!entries.ok()) return entries.status();
    for (const Entry& entry : *entries) {
      absl::StatusOr<bool> parsed = PurgeEntry(transaction, entry);
      if (!parsed.ok()) return parsed.status();
      if (!*parsed) skipped.push_back(entry.key);
    }
    if (entries->empty()) return FinishPurge(transaction, purge_key, purge);
    return absl::OkStatus();
  });
  if (absl::IsDataLoss(committed.status()) && !purge_key.empty()) {
    unreadable(purge_key);
    next_key_ = purge_key + '\0';
    return true;
  }
  if (!committed.ok()) return committed.status();
  for (const std::string& key : skipped) unreadable(key);
  return !purge_key.empty();
}

}  // namespace cimd::storage
