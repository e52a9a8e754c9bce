#ifndef CIMD_STORAGE_AUDIT_INTEGRITY_H_
#define CIMD_STORAGE_AUDIT_INTEGRITY_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "storage/audit/audit_chain.h"
#include "storage/store.h"

// The check of a whole store. Every record parses and has the key that its content determines; index entries and
// records match; what a record refers to exists; document bodies have their digests; audit chains hold. Records that a
// stored purge is going to delete may lack their counterparts.
namespace cimd::storage {

// One inconsistency.
struct Disagreement {
  // The owner in printable characters: a tenant's id or kPlatform. Empty when the key has none.
  std::string tenant;
  // The key at which it was found, made by keys::Describe.
  std::string record;
  // One line for operators. It can have names, ids and URLs, and no other stored content.
  std::string problem;
};

struct IntegrityOptions {
  // Passed in, because this folder does not use a cryptographic library.
  HashFunction sha256 = nullptr;
  // Receives each disagreement, in the order of keys; those of audit chains come last.
  absl::FunctionRef<void(const Disagreement&)> report;
  // Asked before each record. False ends the walk.
  absl::FunctionRef<bool()> go_on;
};

// Checks all records of a snapshot in constant memory, and returns their number. Damaged bytes are reported as a
// disagreement, and the walk continues after them where possible. Other errors of the store end it.
absl::StatusOr<int64_t> CheckIntegrity(const Snapshot& snapshot, const IntegrityOptions& options);

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_AUDIT_INTEGRITY_H_
