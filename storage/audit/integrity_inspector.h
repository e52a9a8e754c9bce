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

// An entry of the walk; the views are good while it is being checked.
struct Inspected {
  std::string_view key;
  keys::Parts parts;
  std::string_view value;
  Revision revision = 0;
};

// What the rules of CheckIntegrity look at an entry with: the rest of the same snapshot, and where to tell. Not
// thread-safe.
class Inspector {
 public:
  Inspector(const Snapshot& snapshot, const IntegrityOptions& options) : snapshot_(snapshot), options_(options) {}

  // What ended the inspection, if anything but a disagreement did.
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

  // The record under a key; nullopt when there is none. One that cannot be read is nullopt, too: the walk tells of it.
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

  // A disagreement unless the entry stands under the key that its content asks for.
  bool StandsAt(const Inspected& entry, std::string_view key);

  // Whether it is recorded that everything in the range is to go.
  bool IsBeingPurged(const KeyRange& range) { return Exists(keys::Purge(range.begin)); }

  // Whether the records of a tenant (or kPlatform) have to agree: not while the tenant is being deleted. A tenant that
  // does not exist is a disagreement at its first key. Not for audit logs, which outlive their tenants.
  bool MustAgree(const Inspected& entry);

  // Takes an error of reading for what it is: damage is the walk's to tell, all else ends the inspection.
  void Note(const absl::Status& status);

 private:
  const Snapshot& snapshot_;
  const IntegrityOptions& options_;
  absl::Status failure_;
  // The tenant that the walk is in, and what MustAgree says of it.
  std::string tenant_;
  bool must_agree_ = false;
};

// The rules of each kind of record. CheckEntry knows them all and calls the others.
void CheckEntry(Inspector& inspector, const Inspected& entry);
void CheckClientEntry(Inspector& inspector, const Inspected& entry);
void CheckAccessEntry(Inspector& inspector, const Inspected& entry);

// The chains of all audit logs.
void CheckAuditChains(const Snapshot& snapshot, const IntegrityOptions& options, Inspector& inspector);

// The last segment of a resource name; empty for an empty name.
inline std::string_view LastSegment(std::string_view name) { return name.substr(name.rfind('/') + 1); }

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_AUDIT_INTEGRITY_INSPECTOR_H_
