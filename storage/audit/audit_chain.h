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
// with lengths as eight bytes, big-endian, and h(0) empty; keys hold the tenant and the order of commits. A *link* is a
// record of h for a stretch of events. Links are laid behind the events by one background writer, within a second of
// their commits, so that the writers of events never wait for each other.
//
// What it proves: that the events under the links are those that were linked, all of them, in that order. An event that
// was removed, edited, inserted or moved, and a link that was, breaks the chain. What it cannot prove: whoever can
// write the database (the server itself, its operator, a thief of the disk) can make the whole chain anew, or cut off
// its end; nothing but a hash that was kept somewhere else shows that. So verifications answer the newest link's hash,
// and take one that an earlier verification answered. Events behind the last link, a second's worth, are not protected
// yet, and neither is what the server was made to write while it was in somebody else's hands.
//
// Expiry takes whole links with their events from the old end; the chain then begins with the hash of the last link
// that was taken, and everything after it is proven as before.
namespace cimd::storage {

// SHA-256: 32 bytes. Handed in because this folder knows no cryptography.
using HashFunction = std::string (*)(std::string_view bytes);

// Lays links over every event that has none. Returns how many it linked. One caller at a time.
absl::StatusOr<int64_t> LinkAuditEvents(Store& store, std::string_view tenant, HashFunction hash);

// Expires, in one bounded commit, links all of whose events are older than `before`, in order and as far as the first
// that has a younger one; their events are purged in the background (purge.h), and gone for readers at once. Of a log
// whose tenant is gone nothing is left in the end. An event from a clock that ran ahead keeps what comes behind it until
// its time has come. True when there is more to do. One caller at a time.
absl::StatusOr<bool> ExpireAuditLinks(Store& store, std::string_view tenant, absl::Time before);

// What a verification found.
struct AuditChainReport {
  // Events and links that were checked.
  int64_t events = 0;
  int64_t links = 0;
  // Events behind the last link.
  int64_t unlinked_events = 0;
  // Hash of the newest link; that of the last expired one when there is none; empty for a chain without links.
  std::string head_hash;
  // The first thing that is wrong, for people; empty when the chain holds.
  std::string problem;
  // Position of the first event behind which the chain no longer holds; empty when the chain holds or has no events.
  std::string position;
};

// Recomputes the chain of one log, and stops at the first thing that is wrong. `known_head`, unless empty, must be the
// hash of a link, or of the last expired one. Memory: one event. `go_on` is asked at every link; when it answers false:
// CANCELLED.
absl::StatusOr<AuditChainReport> VerifyAuditChain(const Snapshot& snapshot, std::string_view tenant,
                                                  std::string_view known_head, HashFunction hash,
                                                  absl::FunctionRef<bool()> go_on);

// One step of the chain; for the two sides of it, and for tests.
std::string ChainAuditEvent(std::string_view previous, std::string_view key, std::string_view value, HashFunction hash);

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_AUDIT_AUDIT_CHAIN_H_
