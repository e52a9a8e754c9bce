#ifndef CIMD_STORAGE_AUDIT_AUDIT_CHAIN_H_
#define CIMD_STORAGE_AUDIT_AUDIT_CHAIN_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/store.h"

// The hash chain over an audit log. Every event is hashed together with what came before it,
//
//   h(i) = SHA-256(h(i-1), length of the key, key, length of the value, value)
//
// with lengths as eight bytes, big-endian, and h(0) empty. Keys contain the owner and the order of commits. A link is a
// record of h for a stretch of events. One background writer adds links within a second of the commits, so that the
// writers of events never wait for each other.
//
// What the chain proves: the linked events are complete, unchanged and in order. Removing, changing, inserting or
// moving an event or a link breaks it.
//
// What it cannot prove: anyone who can write the database (the server, its operator, or an attacker with the access of
// either) can compute a whole new chain, or cut off its end. Only a hash that is stored elsewhere detects that. A
// verification therefore returns the newest link's hash, and accepts a hash that an earlier verification returned.
// Events after the last link, about a second's worth, are not protected yet.
//
// Expiry removes whole links with their events, the oldest first. The chain then begins with the hash of the last
// removed link, and proves everything after it as before.
namespace cimd::storage {

// SHA-256: 32 bytes. Passed in, because this folder does not use a cryptographic library.
using HashFunction = std::string (*)(std::string_view bytes);

// Adds links for all events that have none. Returns the number of events. One caller at a time.
absl::StatusOr<int64_t> LinkAuditEvents(Store& store, std::string_view tenant, HashFunction hash);

// Removes, in one bounded commit, the oldest links whose events are all older than `before`. Readers no longer see
// these events; a purge (purge.h) deletes them. When the tenant is gone and its log is empty, the chain's record is
// deleted too. An event whose time is in the future, because a clock was ahead, keeps itself and all later events until
// then. True when there is more to do. One caller at a time.
absl::StatusOr<bool> ExpireAuditLinks(Store& store, std::string_view tenant, absl::Time before);

// The result of a verification.
struct AuditChainReport {
  // Events and links that were checked.
  int64_t events = 0;
  int64_t links = 0;
  // Events after the last link.
  int64_t unlinked_events = 0;
  // The hash of the newest link, else of the last expired one; empty for a chain without links.
  std::string head_hash;
  // The first problem, for people; empty if the chain is valid.
  std::string problem;
  // The position of the first event after which the chain is not valid; empty if the chain is valid or has no events.
  std::string position;
};

// Recomputes the chain of one log, and stops at the first problem. `known_head`, unless empty, must be the hash of a
// link, or of the last expired one. Memory: one event. `go_on` is called for every link; if it returns false, the
// verification ends with CANCELLED.
absl::StatusOr<AuditChainReport> VerifyAuditChain(const Snapshot& snapshot, std::string_view tenant,
                                                  std::string_view known_head, HashFunction hash,
                                                  absl::FunctionRef<bool()> go_on);

// Computes the next hash of the chain. For writing and verifying the chain, and for tests.
std::string ChainAuditEvent(std::string_view previous, std::string_view key, std::string_view value, HashFunction hash);

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_AUDIT_AUDIT_CHAIN_H_
