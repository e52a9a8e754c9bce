#include "storage/repositories/purge.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cimd/storage/records.pb.h"
#include "storage/repositories/connection_repository.h"
#include "storage/repositories/grant_repository.h"
#include "storage/keys.h"
#include "storage/record.h"
#include "storage/run_in_transaction.h"
#include "storage/repositories/tenant_repository.h"

namespace cimd::storage {
namespace {

// A record takes up to three deletions with its indexes; this leaves room for the purge's own record and a tenant's.
constexpr int kRecordsPerCommit = 32;

// Removes one record, and what indexes it outside of the range.
absl::Status PurgeEntry(Transaction& transaction, const Entry& entry) {
  const std::string_view tenant = keys::TenantOf(entry.key);
  switch (keys::KindOf(entry.key)) {
    case keys::Kind::kClientGrant:
    case keys::Kind::kClientGrantByClient: {
      ClientGrantRecord record;
      if (absl::Status status = ParseRecord(entry.value, record); !status.ok()) return status;
      DeleteClientGrant(transaction, tenant, record);
      return absl::OkStatus();
    }
    case keys::Kind::kConnectionClient:
    case keys::Kind::kClientConnection: {
      ConnectionClientRecord record;
      if (absl::Status status = ParseRecord(entry.value, record); !status.ok()) return status;
      SetConnectionClient(transaction, tenant, record.connection(), record.client(), /*enabled=*/false);
      return absl::OkStatus();
    }
    case keys::Kind::kAccessTokenById: {
      AccessTokenIdRecord record;
      if (absl::Status status = ParseRecord(entry.value, record); !status.ok()) return status;
      transaction.Delete(keys::AccessToken(record.digest()));
      transaction.Delete(entry.key);
      return absl::OkStatus();
    }
    default:
      transaction.Delete(entry.key);
      return absl::OkStatus();
  }
}

absl::Status FinishPurge(Transaction& transaction, const std::string& key, const PurgeRecord& purge) {
  transaction.Delete(key);
  if (purge.tenant().empty()) return absl::OkStatus();
  MaybeStored<TenantRecord> tenant = FindTenant(transaction, purge.tenant());
  if (!tenant.ok()) return tenant.status();
  if (tenant->has_value()) DeleteTenant(transaction, (*tenant)->record.tenant());
  return absl::OkStatus();
}

}  // namespace

void SchedulePurge(Transaction& transaction, const KeyRange& range, std::string_view tenant) {
  PurgeRecord purge;
  purge.set_begin(range.begin);
  purge.set_end(range.end);
  purge.set_tenant(std::string(tenant));
  // A range is purged once however often it is asked for.
  PutRecord(transaction, keys::Purge(range.begin), purge);
}

absl::StatusOr<bool> PurgeSome(Store& store) {
  bool more = false;
  absl::StatusOr<Revision> committed = RunInTransaction(store, [&](Transaction& transaction) -> absl::Status {
    more = false;
    absl::StatusOr<std::vector<Entry>> purges =
        transaction.Scan(keys::All(keys::kPlatform, keys::Kind::kPurge), /*limit=*/1);
    if (!purges.ok()) return purges.status();
    if (purges->empty()) return absl::OkStatus();
    more = true;
    PurgeRecord purge;
    if (absl::Status status = ParseRecord(purges->front().value, purge); !status.ok()) return status;
    absl::StatusOr<std::vector<Entry>> entries = transaction.Scan({purge.begin(), purge.end()}, kRecordsPerCommit);
    if (!entries.ok()) return entries.status();
    for (const Entry& entry : *entries) {
      if (absl::Status status = PurgeEntry(transaction, entry); !status.ok()) return status;
    }
    if (entries->empty()) return FinishPurge(transaction, purges->front().key, purge);
    return absl::OkStatus();
  });
  if (!committed.ok()) return committed.status();
  return more;
}

}  // namespace cimd::storage
