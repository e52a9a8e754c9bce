#ifndef CIMD_STORAGE_RUN_IN_TRANSACTION_H_
#define CIMD_STORAGE_RUN_IN_TRANSACTION_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/store.h"

namespace cimd::storage {

// Runs `body` in a transaction and commits it. After a conflict, pauses for a short random time and runs `body` again
// in a new transaction. `body` can therefore run several times: it must reset what it writes outside of the
// transaction, and must not do I/O or send notifications. An error of `body` drops the transaction and is returned
// unchanged.
//
// Returns the revision of the commit; kAborted after kMaxTransactionAttempts conflicts in a row; otherwise the error of
// Store::Begin, `body` or Store::Commit.
inline constexpr int kMaxTransactionAttempts = 32;

absl::StatusOr<Revision> RunInTransaction(Store& store, absl::FunctionRef<absl::Status(Transaction&)> body);

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_RUN_IN_TRANSACTION_H_
