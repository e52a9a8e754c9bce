#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cimd/storage/records.pb.h"
#include "fmt/format.h"
#include "storage/audit/audit_chain.h"
#include "storage/audit/audit_log.h"
#include "storage/audit/integrity_inspector.h"
#include "storage/keys.h"
#include "storage/repositories/tenant_repository.h"

// The consistency rules of records without a tenant, and the dispatch over all kinds.
namespace cimd::storage {
namespace {

// Whether the key is one of the tenant's addresses.
bool AnswersAt(const v1::Tenant& tenant, std::string_view key) {
  for (const auto& [domain, path] : TenantAddresses(tenant)) {
    if (keys::TenantDomain(domain, path) == key) return true;
  }
  return false;
}

void CheckTenant(Inspector& inspector, const Inspected& entry) {
  std::optional<TenantRecord> record = inspector.RecordOf<TenantRecord>(entry);
  if (!record.has_value()) return;
  const v1::Tenant& tenant = record->tenant();
  const std::string id(LastSegment(tenant.name()));
  if (!inspector.StandsAt(entry, keys::Tenant(id))) return;
  for (const auto& [domain, path] : TenantAddresses(tenant)) {
    auto address = inspector.Find<TenantDomainRecord>(keys::TenantDomain(domain, path));
    if (!address.has_value() || address->tenant() != id) {
      inspector.Disagree(entry.key, fmt::format("it does not answer for its address {}{}", domain, path));
    }
  }
  if (tenant.state() != v1::TENANT_STATE_DELETING) return;
  // The purge of the last range also deletes the tenant's record.
  const std::vector<KeyRange> ranges = keys::AllOfTenantButAuditLog(id);
  for (const KeyRange& range : ranges) {
    const bool is_done = &range != &ranges.back() && inspector.IsEmpty(range);
    if (!is_done && !inspector.IsBeingPurged(range)) {
      inspector.Disagree(entry.key, "it is being deleted, but nothing is recorded that would finish it");
    }
  }
}

void CheckTenantDomain(Inspector& inspector, const Inspected& entry) {
  std::optional<TenantDomainRecord> record = inspector.RecordOf<TenantDomainRecord>(entry);
  if (!record.has_value()) return;
  auto tenant = inspector.Find<TenantRecord>(keys::Tenant(record->tenant()));
  if (!tenant.has_value() || !AnswersAt(tenant->tenant(), entry.key)) {
    inspector.Disagree(entry.key, fmt::format("the tenant '{}' does not have this address", record->tenant()));
  }
}

void CheckPurge(Inspector& inspector, const Inspected& entry) {
  std::optional<PurgeRecord> purge = inspector.RecordOf<PurgeRecord>(entry);
  if (!purge.has_value() || !inspector.StandsAt(entry, keys::Purge(purge->begin()))) return;
  if (purge->begin().empty() || purge->end() <= purge->begin()) {
    inspector.Disagree(entry.key, "the range to be removed has no beginning or end");
  }
  if (purge->tenant().empty()) return;
  auto tenant = inspector.Find<TenantRecord>(keys::Tenant(purge->tenant()));
  if (!tenant.has_value() || tenant->tenant().state() != v1::TENANT_STATE_DELETING) {
    inspector.Disagree(entry.key, fmt::format("the tenant '{}' is not being deleted", purge->tenant()));
  }
}

void CheckAccessToken(Inspector& inspector, const Inspected& entry) {
  std::optional<AccessTokenRecord> token = inspector.RecordOf<AccessTokenRecord>(entry);
  if (!token.has_value()) return;
  const std::string_view owner = keys::OwnerOf(token->tenant());
  auto all = inspector.Find<AccessTokenIdRecord>(keys::AccessTokenById(owner, token->id()));
  if (!all.has_value() || all->digest() != entry.parts.strings[0] || all->access_token().has_revoke_time()) {
    inspector.Disagree(entry.key, fmt::format("it is in force, but there is no token {} that says so", token->id()));
  }
}

void CheckAccessTokenById(Inspector& inspector, const Inspected& entry) {
  std::optional<AccessTokenIdRecord> token = inspector.RecordOf<AccessTokenIdRecord>(entry);
  if (!token.has_value() || token->access_token().has_revoke_time()) return;
  auto in_force = inspector.Find<AccessTokenRecord>(keys::AccessToken(token->digest()));
  if (!in_force.has_value() || in_force->id() != entry.parts.strings[0]) {
    inspector.Disagree(entry.key, "it was never revoked, but is not in force");
  }
}

void CheckAccessTokenUse(Inspector& inspector, const Inspected& entry) {
  if (!inspector.RecordOf<AccessTokenUseRecord>(entry).has_value()) return;
  if (!inspector.Exists(keys::AccessTokenById(entry.parts.tenant, entry.parts.strings[0]))) {
    inspector.Disagree(entry.key, "the token does not exist");
  }
}

// The client's keys may be deleted or have another refresh time; see KeyRefreshRecord.
void CheckKeyRefresh(Inspector& inspector, const Inspected& entry) {
  std::optional<KeyRefreshRecord> due = inspector.RecordOf<KeyRefreshRecord>(entry);
  if (!due.has_value()) return;
  inspector.StandsAt(entry, keys::KeyRefresh(static_cast<int64_t>(entry.parts.number), due->tenant(), due->client()));
}

void CheckAuditEvent(Inspector& inspector, const Inspected& entry) {
  if (!inspector.RecordOf<AuditRecord>(entry).has_value()) return;
  if (entry.parts.number != static_cast<uint64_t>(entry.revision)) {
    inspector.Disagree(entry.key, fmt::format("it was written again at revision {}", entry.revision));
  }
}

}  // namespace

void CheckEntry(Inspector& inspector, const Inspected& entry) {
  // No default: the compiler must report a new kind that has no rules.
  switch (entry.parts.kind) {
    case keys::Kind::kTenant:
      return CheckTenant(inspector, entry);
    case keys::Kind::kTenantDomain:
      return CheckTenantDomain(inspector, entry);
    case keys::Kind::kPurge:
      return CheckPurge(inspector, entry);
    case keys::Kind::kAccessToken:
      return CheckAccessToken(inspector, entry);
    case keys::Kind::kKeyRefresh:
      return CheckKeyRefresh(inspector, entry);
    case keys::Kind::kAuditEvent:
      return CheckAuditEvent(inspector, entry);
    case keys::Kind::kAuditLink:
      inspector.RecordOf<AuditLinkRecord>(entry);
      return;
    case keys::Kind::kAuditChain:
      inspector.RecordOf<AuditChainRecord>(entry);
      return;
    case keys::Kind::kRequest:
      if (inspector.MustAgree(entry)) inspector.RecordOf<RequestRecord>(entry);
      return;
    // These kinds are deleted with their tenant in several commits.
    case keys::Kind::kAccessTokenById:
      if (inspector.MustAgree(entry)) CheckAccessTokenById(inspector, entry);
      return;
    case keys::Kind::kAccessTokenUse:
      if (inspector.MustAgree(entry)) CheckAccessTokenUse(inspector, entry);
      return;
    case keys::Kind::kClient:
    case keys::Kind::kClientById:
    case keys::Kind::kClientBlock:
    case keys::Kind::kClientKeys:
    case keys::Kind::kRefreshFailure:
    case keys::Kind::kDocument:
    case keys::Kind::kDocumentByDigest:
      if (inspector.MustAgree(entry)) CheckClientEntry(inspector, entry);
      return;
    case keys::Kind::kResourceServer:
    case keys::Kind::kResourceServerById:
    case keys::Kind::kClientGrant:
    case keys::Kind::kClientGrantByClient:
    case keys::Kind::kClientGrantById:
    case keys::Kind::kConnection:
    case keys::Kind::kConnectionByName:
    case keys::Kind::kDomainConnections:
    case keys::Kind::kConnectionClient:
    case keys::Kind::kClientConnection:
      if (inspector.MustAgree(entry)) CheckAccessEntry(inspector, entry);
      return;
  }
}

void CheckAuditChains(const Snapshot& snapshot, const IntegrityOptions& options, Inspector& inspector) {
  absl::StatusOr<std::vector<std::string>> logs = FindAuditLogs(snapshot);
  if (!logs.ok()) return inspector.Note(logs.status());
  for (const std::string& tenant : *logs) {
    absl::StatusOr<AuditChainReport> report =
        VerifyAuditChain(snapshot, tenant, /*known_head=*/"", options.sha256, options.go_on);
    if (absl::IsCancelled(report.status())) return;
    if (!report.ok()) {
      inspector.Note(report.status());
    } else if (!report->problem.empty()) {
      inspector.Disagree(keys::AuditChain(tenant), fmt::format("of '{}': {}", tenant, report->problem));
    }
  }
}

}  // namespace cimd::storage
