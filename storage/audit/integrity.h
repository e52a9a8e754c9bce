#ifndef CIMD_STORAGE_AUDIT_INTEGRITY_H_
#define CIMD_STORAGE_AUDIT_INTEGRITY_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "storage/audit/audit_chain.h"
#include "storage/store.h"

// Whether what is stored agrees with itself: every record parses and stands where its content says, every index entry
// has its record and every record its index entries, what a record names is there, and bodies have their digests. What
// a recorded purge is still to remove may lack its counterparts.
namespace cimd::storage {

// One thing that is not as it has to be.
struct Disagreement {
  // The tenant's id, or kPlatform, in printable characters; empty when the key has none.
  std::string tenant;
  // The key at which it was found, as keys::Describe shows it.
  std::string record;
  // What is wrong, for an operator; one line. Tells names, ids and URLs, and no other content.
  std::string problem;
};

struct IntegrityOptions {
  // This folder knows no cryptography.
  HashFunction sha256 = nullptr;
  // Told every disagreement, in the order of keys; the audit chains come last.
  absl::FunctionRef<void(const Disagreement&)> report;
  // Asked before every record; the walk ends there when it says no.
  absl::FunctionRef<bool()> go_on;
};

// Walks all that the snapshot shows, in memory that does not grow with it, and returns how many records there were.
// Where stored bytes are damaged, that is a disagreement, and the walk goes on behind them if it can. kUnavailable and
// the like when the store cannot be read.
absl::StatusOr<int64_t> CheckIntegrity(const Snapshot& snapshot, const IntegrityOptions& options);

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_AUDIT_INTEGRITY_H_
