#ifndef CIMD_SERVER_MUTATIONS_AUDITED_TRANSACTION_H_
#define CIMD_SERVER_MUTATIONS_AUDITED_TRANSACTION_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cimd/storage/records.pb.h"
#include "storage/store.h"

namespace cimd::services {

// The most bytes that one resource may take in the store, whatever it is. The room that is left below the store's own
// limit is for the idempotency record, which holds the resource in an answer.
inline constexpr size_t kMaxResourceBytes = storage::kMaxValueBytes - (size_t{64} << 10);

// A transaction that notes what happens to resources, so that the audit event of a mutation is made in one place and no
// handler has to tell what it did. Everything is passed on to the transaction that it stands before; a resource's state
// is read before it is first written, which counts as a read of the transaction. Belongs to one thread.
class AuditedTransaction final : public storage::Transaction {
 public:
  // `transaction` outlives this.
  explicit AuditedTransaction(storage::Transaction& transaction) : transaction_(transaction) {}

  absl::StatusOr<std::optional<storage::Entry>> Get(std::string_view key) override { return transaction_.Get(key); }
  absl::StatusOr<std::vector<storage::Entry>> Scan(const storage::KeyRange& range, int limit) override {
    return transaction_.Scan(range, limit);
  }
  void Put(std::string key, std::string value) override;
  void Delete(std::string key) override;
  void Append(std::string prefix, std::string value) override {
    transaction_.Append(std::move(prefix), std::move(value));
  }

  // OK, or INVALID_ARGUMENT RESOURCE_TOO_LARGE for the first resource that was written with more than
  // kMaxResourceBytes. Commit nothing in that case.
  const absl::Status& size_status() const { return size_status_; }

  // Adds to the event how the resources differ from what they were: digests of the one that event.resource names (the
  // first one written when none has that name), and changes; those of further resources have the kind before them, as
  // in "client.state". Changes of client metadata that are in the event already are kept instead of made. False when
  // there is nothing to tell: resources were written as they were, but for what changes with every write. Errors are the
  // store's.
  absl::StatusOr<bool> Describe(storage::AuditRecord& event);

 private:
  struct Written {
    std::string key;
    std::optional<std::string> before;
  };

  void Note(const std::string& key);

  storage::Transaction& transaction_;
  // In the order of the first write.
  std::vector<Written> written_;
  absl::Status failure_;
  absl::Status size_status_;
};

}  // namespace cimd::services

#endif  // CIMD_SERVER_MUTATIONS_AUDITED_TRANSACTION_H_
