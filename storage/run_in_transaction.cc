#include "storage/run_in_transaction.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/random/random.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace cimd::storage {
namespace {

// The first pause is shorter than one write to the log. The longest pause suffices for many writers of one key.
constexpr int kFirstPauseMicroseconds = 100;
constexpr int kLongestPauseMicroseconds = 25'600;

}  // namespace

absl::StatusOr<Revision> RunInTransaction(Store& store, absl::FunctionRef<absl::Status(Transaction&)> body) {
  int pause = kFirstPauseMicroseconds;
  for (int attempt = 1;; ++attempt) {
    absl::StatusOr<std::unique_ptr<Transaction>> transaction = store.Begin();
    if (!transaction.ok()) return transaction.status();
    if (absl::Status status = body(**transaction); !status.ok()) return status;
    absl::StatusOr<Revision> revision = store.Commit(*std::move(transaction));
    if (!absl::IsAborted(revision.status()) || attempt == kMaxTransactionAttempts) return revision;
    thread_local absl::InsecureBitGen random;
    absl::SleepFor(absl::Microseconds(absl::Uniform(random, 0, pause)));
    pause = std::min(2 * pause, kLongestPauseMicroseconds);
  }
}

}  // namespace cimd::storage
