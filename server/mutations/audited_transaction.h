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

// Maximum stored size of one resource of any kind, in bytes. The 64 KiB below the store's limit for one value are left
// for the idempotency record, which wraps the resource in a response.
inline constexpr size_t kMaxResourceBytes = storage::kMaxValueBytes - (size_t{64} << 10);

// What a mutation did, for its audit event.
struct ResourceChange {
  // Name of the resource, or the URL of a client that is not registered. If empty, nothing changed and no audit event
  // is written.
  std::string resource;
  // Changes that the mutation describes itself because comparing records would lose information: for example the
  // changes of a client's document, with their security impact. If empty, changes of client metadata are found by
  // comparing the records.
  google::protobuf::RepeatedPtrField<v1::FieldChange> field_changes;
};

// A transaction that forwards to another one and records the state of each resource before its first write. Describe
// compares the states before and after, so the audit events of all mutations are built in one place. Recording a state
// counts as a read of the transaction. Not thread-safe.
class AuditedTransaction final : public storage::Transaction {
 public:
  // `transaction` must outlive this.
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

  // OK, or INVALID_ARGUMENT RESOURCE_TOO_LARGE for the first resource written with more than kMaxResourceBytes. Callers
  // must not commit after an error.
  const absl::Status& size_status() const { return size_status_; }

  // Fills in an event's resource, external_client_ids, digests and changes. The digests are those of the resource that
  // `change` names, or of the first resource written if none has that name. Fields of other resources are prefixed with
  // their kind, as in "client.state". Returns false when no resource changed except in the fields that every write sets
  // (IsChanged). Errors are those of the store.
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
