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
#include "google/protobuf/repeated_field.h"
#include "storage/store.h"

namespace cimd::services {

// The most bytes that one resource may take in the store, whatever it is. The room that is left below the store's own
// limit is for the idempotency record, which holds the resource in an answer.
inline constexpr size_t kMaxResourceBytes = storage::kMaxValueBytes - (size_t{64} << 10);

// What a mutation did, for its audit event.
struct ResourceChange {
  // Name of the resource, or the URL of a client that is not registered. Empty when nothing changed: no event is
  // written.
  std::string resource;
  // Changes that the mutation knows better than a comparison of records shows them, such as those of a client's
  // document with their meaning for security. When empty, changes of client metadata are found by comparison.
  google::protobuf::RepeatedPtrField<v1::FieldChange> field_changes;
};

// Passes everything on to another transaction, and records the state of each resource before its first write. With
// that, Describe compares states, so that the audit events of all mutations are made in one place. Reading a state
// counts as a read of the transaction. Not thread-safe.
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

  // Fills in an event's resource, external_client_ids, digests and changes. Digests are those of the resource that
  // `change` names, or of the first one written when none has that name. Fields of other resources have the kind before
  // their names, as in "client.state". Returns false when no resource differs in anything but fields that every write
  // changes. Errors are the store's.
  absl::StatusOr<bool> Describe(ResourceChange change, storage::AuditRecord& event);

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
