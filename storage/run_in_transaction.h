#ifndef CIMD_STORAGE_RUN_IN_TRANSACTION_H_
#define CIMD_STORAGE_RUN_IN_TRANSACTION_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/store.h"

namespace cimd::storage {

// Runs `body` in a transaction and commits it; again from the start, after a short random pause, when another commit
// got in between. The body may therefore run several times: it must reset what it writes outside of the transaction,
// and must not do I/O or announce anything. A non-OK result of the body drops the transaction and is returned as it is.
//
// Returns the revision of the commit; kAborted when kMaxTransactionAttempts commits in a row met a conflict; otherwise
// what Store::Begin, the body or Store::Commit returned.
inline constexpr int kMaxTransactionAttempts = 32;

absl::StatusOr<Revision> RunInTransaction(Store& store, absl::FunctionRef<absl::Status(Transaction&)> body);

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_RUN_IN_TRANSACTION_H_
