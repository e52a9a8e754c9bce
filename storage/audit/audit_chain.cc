#include "storage/audit/audit_chain.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "cimd/storage/records.pb.h"
#include "storage/audit/audit_log.h"
#include "storage/keys.h"
#include "storage/record.h"
#include "storage/repositories/purge.h"
#include "storage/repositories/tenant_repository.h"
#include "storage/run_in_transaction.h"

namespace cimd::storage {
namespace {

// A link ends at this many events or bytes, so that a reader can hold a link's events in memory.
constexpr int64_t kEventsPerLink = 256;
constexpr size_t kBytesPerLink = 1 << 20;
constexpr int64_t kExpiredLinksPerCommit = 64;

void AppendPart(std::string& bytes, std::string_view part) {
  const uint64_t size = part.size();
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(size >> shift));
  bytes += part;
}

bool IsEarlier(const google::protobuf::Timestamp& a, const google::protobuf::Timestamp& b) {
  return a.seconds() != b.seconds() ? a.seconds() < b.seconds() : a.nanos() < b.nanos();
}

// Builds the next link of a chain from the events after its last one. The link has no events if there are none.
absl::StatusOr<AuditLinkRecord> NextLink(const Snapshot& snapshot, std::string_view tenant,
                                         const AuditChainRecord& chain, HashFunction hash) {
  AuditLinkRecord link;
  link.set_previous_hash(chain.head_hash());
  link.set_hash(chain.head_hash());
  *link.mutable_latest_time() = chain.latest_time();
  size_t bytes = 0;
  const KeyRange range{keys::AfterAuditEvent(tenant, chain.last_event()),
                       keys::All(tenant, keys::Kind::kAuditEvent).end};
  absl::Status scanned =
      snapshot.Scan(range, kEventsPerLink, [&](std::string_view key, std::string_view value, Revision) {
        // An event that does not parse was not written by this program. It is linked like every other event.
        AuditRecord event;
        if (!ParseRecord(value, event).ok()) event.Clear();
        if (link.events() == 0) link.set_first_event(std::string(keys::AuditEventPosition(key)));
        link.set_last_event(std::string(keys::AuditEventPosition(key)));
        link.set_events(link.events() + 1);
        link.set_hash(ChainAuditEvent(link.hash(), key, value, hash));
        if (IsEarlier(link.latest_time(), event.time())) *link.mutable_latest_time() = event.time();
        return (bytes += value.size()) < kBytesPerLink;
      });
  if (!scanned.ok()) return scanned;
  return link;
}

// Appends a link to the chain that it was built for, and sets `chain` to the stored result.
absl::Status CommitLink(Store& store, std::string_view tenant, const AuditLinkRecord& link, AuditChainRecord& chain) {
  return RunInTransaction(store,
                          [&](Transaction& transaction) -> absl::Status {
                            absl::StatusOr<AuditChainRecord> stored = FindAuditChain(transaction, tenant);
                            if (!stored.ok()) return stored.status();
                            if (stored->head_hash() != link.previous_hash()) {
                              return absl::FailedPreconditionError("another writer has linked the same events");
                            }
                            chain = *std::move(stored);
                            chain.set_last_link(chain.last_link() + 1);
                            chain.set_head_hash(link.hash());
                            chain.set_last_event(link.last_event());
                            *chain.mutable_latest_time() = link.latest_time();
                            PutRecord(transaction, keys::AuditLink(tenant, chain.last_link()), link);
                            PutRecord(transaction, keys::AuditChain(tenant), chain);
                            return absl::OkStatus();
                          })
      .status();
}

// Deletes expired links from the beginning of the chain, as many as fit a commit. Returns how many.
absl::StatusOr<int64_t> TakeExpiredLinks(Transaction& transaction, std::string_view tenant, absl::Time before,
                                         AuditChainRecord& chain) {
  int64_t taken = 0;
  chain.set_first_link(std::max<int64_t>(chain.first_link(), 1));
  for (; taken < kExpiredLinksPerCommit && chain.first_link() <= chain.last_link(); ++taken) {
    const std::string key = keys::AuditLink(tenant, chain.first_link());
    MaybeStored<AuditLinkRecord> link = Find<AuditLinkRecord>(transaction, key);
    if (!link.ok()) return link.status();
    if (!link->has_value()) return absl::DataLossError("a link of an audit log is missing");
    const AuditLinkRecord& record = (*link)->record;
    if (absl::FromUnixSeconds(record.latest_time().seconds() + 1) > before) break;
    transaction.Delete(key);
    chain.set_first_link(chain.first_link() + 1);
    chain.set_anchor_hash(record.hash());
    chain.set_anchor_event(record.last_event());
    chain.set_expired_events(chain.expired_events() + record.events());
  }
  return taken;
}

// Whether the log is empty and gets no more events.
absl::StatusOr<bool> IsOver(Transaction& transaction, std::string_view tenant, const AuditChainRecord& chain) {
  if (tenant == keys::kPlatform || chain.first_link() <= chain.last_link()) return false;
  MaybeStored<TenantRecord> found = FindTenant(transaction, tenant);
  if (!found.ok()) return found.status();
  if (found->has_value()) return false;
  // Counts events that are being purged, too: without the chain's record they would be linked again as new events.
  auto events = transaction.Scan(keys::All(tenant, keys::Kind::kAuditEvent), /*limit=*/1);
  if (!events.ok()) return events.status();
  return events->empty();
}

}  // namespace

std::string ChainAuditEvent(std::string_view previous, std::string_view key, std::string_view value,
                            HashFunction hash) {
  std::string bytes;
  bytes.reserve(previous.size() + key.size() + value.size() + 16);
  bytes += previous;
  AppendPart(bytes, key);
  AppendPart(bytes, value);
  return hash(bytes);
}

absl::StatusOr<int64_t> LinkAuditEvents(Store& store, std::string_view tenant, HashFunction hash) {
  absl::StatusOr<std::unique_ptr<Snapshot>> snapshot = store.TakeSnapshot();
  if (!snapshot.ok()) return snapshot.status();
  absl::StatusOr<AuditChainRecord> chain = FindAuditChain(**snapshot, tenant);
  if (!chain.ok()) return chain.status();
  int64_t linked = 0;
  while (true) {
    absl::StatusOr<AuditLinkRecord> link = NextLink(**snapshot, tenant, *chain, hash);
    if (!link.ok()) return link.status();
    if (link->events() == 0) return linked;
    if (absl::Status status = CommitLink(store, tenant, *link, *chain); !status.ok()) return status;
    linked += link->events();
  }
}

absl::StatusOr<bool> ExpireAuditLinks(Store& store, std::string_view tenant, absl::Time before) {
  bool more = false;
  absl::StatusOr<Revision> committed = RunInTransaction(store, [&](Transaction& transaction) -> absl::Status {
    more = false;
    absl::StatusOr<AuditChainRecord> chain = FindAuditChain(transaction, tenant);
    if (!chain.ok()) return chain.status();
    absl::StatusOr<int64_t> taken = TakeExpiredLinks(transaction, tenant, before, *chain);
    if (!taken.ok()) return taken.status();
    more = *taken == kExpiredLinksPerCommit;
    if (*taken > 0) {
      PutRecord(transaction, keys::AuditChain(tenant), *chain);
      SchedulePurge(transaction,
                    {keys::AuditEventPrefix(tenant), keys::AfterAuditEvent(tenant, chain->anchor_event())});
    }
    absl::StatusOr<bool> over = IsOver(transaction, tenant, *chain);
    if (!over.ok()) return over.status();
    if (*over) transaction.Delete(keys::AuditChain(tenant));
    return absl::OkStatus();
  });
  if (!committed.ok()) return committed.status();
  return more;
}

}  // namespace cimd::storage
