#ifndef CIMD_STORAGE_AUDIT_INTEGRITY_INSPECTOR_H_
#define CIMD_STORAGE_AUDIT_INTEGRITY_INSPECTOR_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "storage/audit/integrity.h"
#include "storage/keys.h"
#include "storage/record.h"
#include "storage/store.h"

namespace cimd::storage {

// An entry of the walk. The views are valid during its check.
struct Inspected {
  std::string_view key;
  keys::Parts parts;
  std::string_view value;
  Revision revision = 0;
};

// What the rules of CheckIntegrity use: reads of the same snapshot, and the report. Not thread-safe.
class Inspector {
 public:
  Inspector(const Snapshot& snapshot, const IntegrityOptions& options) : snapshot_(snapshot), options_(options) {}

  // The error that ended the inspection; OK when there was none.
  const absl::Status& failure() const { return failure_; }

  void Disagree(std::string_view key, std::string problem);
  // 64 lower-case hexadecimal digits.
  std::string Sha256Hex(std::string_view bytes) const;

  // The entry's record; a disagreement, and nullopt, when it does not parse.
  template <typename Record>
  std::optional<Record> RecordOf(const Inspected& entry) {
    Record record;
    if (ParseRecord(entry.value, record).ok()) return record;
    Disagree(entry.key, "the record does not parse");
    return std::nullopt;
  }

  // The record under a key; nullopt when there is none or it cannot be read. The walk itself reports the latter.
  template <typename Record>
  std::optional<Record> Find(std::string_view key) {
    MaybeStored<Record> found = storage::Find<Record>(snapshot_, key);
    if (!found.ok()) Note(found.status());
    if (!found.ok() || !found->has_value()) return std::nullopt;
    return std::move((*found)->record);
  }
  std::optional<std::string> FindValue(std::string_view key);
  bool Exists(std::string_view key) { return FindValue(key).has_value(); }

  bool IsEmpty(const KeyRange& range);

  // Reports a disagreement and returns false unless `key`, made from the entry's content, is the entry's key.
  bool StandsAt(const Inspected& entry, std::string_view key);

  // Whether a purge of the range is stored.
  bool IsBeingPurged(const KeyRange& range) { return Exists(keys::Purge(range.begin)); }

  // Whether the records of the entry's owner must be consistent: not while a tenant is being deleted. Reports a tenant
  // that does not exist, once. Not for audit logs, which outlive their tenants.
  bool MustAgree(const Inspected& entry);

  // Handles an error of a read. kDataLoss is ignored, because the walk reports it; any other error ends the inspection.
  void Note(const absl::Status& status);

 private:
  const Snapshot& snapshot_;
  const IntegrityOptions& options_;
  absl::Status failure_;
  // The owner that the walk has reached, and the result of MustAgree for it.
  std::string tenant_;
  bool must_agree_ = false;
};

// The rules for each kind of record. CheckEntry calls the others.
void CheckEntry(Inspector& inspector, const Inspected& entry);
void CheckClientEntry(Inspector& inspector, const Inspected& entry);
void CheckAccessEntry(Inspector& inspector, const Inspected& entry);

// The chains of all audit logs.
void CheckAuditChains(const Snapshot& snapshot, const IntegrityOptions& options, Inspector& inspector);

// The last segment of a resource name; empty for an empty name.
inline std::string_view LastSegment(std::string_view name) { return name.substr(name.rfind('/') + 1); }

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_AUDIT_INTEGRITY_INSPECTOR_H_
