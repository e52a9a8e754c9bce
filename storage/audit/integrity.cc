#include "storage/audit/integrity.h"

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "storage/audit/integrity_inspector.h"
#include "storage/keys.h"
#include "storage/record.h"
#include "storage/repositories/tenant_repository.h"

namespace cimd::storage {
namespace {

// The key at which a scan continues that met damage after `key`: the next kind of record of the same tenant. Empty if
// the position cannot be derived from `key`.
std::string NextKind(std::string_view key) {
  const std::string_view tenant = keys::TenantOf(key);
  if (key.size() < tenant.size() + 3) return {};
  return PrefixRange(key.substr(0, tenant.size() + 3)).end;
}

}  // namespace

void Inspector::Disagree(std::string_view key, std::string problem) {
  const std::optional<keys::Parts> parts = keys::Parse(key);
  options_.report({.tenant = parts.has_value() ? absl::CHexEscape(parts->tenant) : std::string(),
                   .record = keys::Describe(key),
                   .problem = std::move(problem)});
}

void Inspector::Note(const absl::Status& status) {
  if (!absl::IsDataLoss(status)) failure_.Update(status);
}

std::string Inspector::Sha256Hex(std::string_view bytes) const {
  return absl::BytesToHexString(options_.sha256(bytes));
}

std::optional<std::string> Inspector::FindValue(std::string_view key) {
  std::optional<std::string> found;
  const absl::Status status = snapshot_.Read(key, [&](std::string_view value, Revision) {
    found.emplace(value);
    return absl::OkStatus();
  });
  if (!status.ok() && !absl::IsNotFound(status)) Note(status);
  return found;
}

bool Inspector::IsEmpty(const KeyRange& range) {
  bool empty = true;
  Note(snapshot_.Scan(range, /*limit=*/1, [&](std::string_view, std::string_view, Revision) { return empty = false; }));
  return empty;
}

bool Inspector::StandsAt(const Inspected& entry, std::string_view key) {
  if (entry.key == key) return true;
  Disagree(entry.key, "the record's content belongs under " + keys::Describe(key));
  return false;
}

bool Inspector::MustAgree(const Inspected& entry) {
  if (entry.parts.tenant == keys::kPlatform) return true;
  if (entry.parts.tenant == tenant_) return must_agree_;
  tenant_ = entry.parts.tenant;
  const std::optional<TenantRecord> tenant = Find<TenantRecord>(keys::Tenant(tenant_));
  if (!tenant.has_value()) Disagree(entry.key, "the tenant does not exist, so nothing ever removes its records");
  must_agree_ = tenant.has_value() && tenant->tenant().state() != v1::TENANT_STATE_DELETING;
  return must_agree_;
}

absl::StatusOr<int64_t> CheckIntegrity(const Snapshot& snapshot, const IntegrityOptions& options) {
  Inspector inspector(snapshot, options);
  int64_t records = 0;
  bool stopped = false;
  std::string place;
  bool told = false;
  while (true) {
    const absl::Status scanned =
        snapshot.Scan({place, ""}, /*limit=*/0, [&](std::string_view key, std::string_view value, Revision revision) {
          stopped = !options.go_on();
          if (stopped) return false;
          ++records;
          place = key;
          told = false;
          if (std::optional<keys::Parts> parts = keys::Parse(key)) {
            CheckEntry(inspector, {.key = key, .parts = *std::move(parts), .value = value, .revision = revision});
          } else {
            inspector.Disagree(key, "no record has such a key");
          }
          return inspector.failure().ok();
        });
    if (!inspector.failure().ok()) return inspector.failure();
    if (stopped) return records;
    if (scanned.ok()) break;
    if (!absl::IsDataLoss(scanned)) return scanned;
    // A gap is reported once, even if skipping it takes several steps.
    if (!told) inspector.Disagree(place, "what follows this key cannot be read: the stored data is damaged");
    told = true;
    place = NextKind(place);
    if (place.empty()) {
      inspector.Disagree("", "the rest of the store cannot be read");
      break;
    }
  }
  CheckAuditChains(snapshot, options, inspector);
  if (!inspector.failure().ok()) return inspector.failure();
  return records;
}

}  // namespace cimd::storage
