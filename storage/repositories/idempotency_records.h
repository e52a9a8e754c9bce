#ifndef CIMD_STORAGE_REPOSITORIES_IDEMPOTENCY_RECORDS_H_
#define CIMD_STORAGE_REPOSITORIES_IDEMPOTENCY_RECORDS_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cimd/storage/records.pb.h"
#include "storage/keys.h"
#include "storage/record.h"
#include "storage/store.h"

// Idempotency records: the answers to mutations that had a request_id. A repeated request gets the same answer and has
// no second effect. `owner` is keys::OwnerOf of the call's tenant.
namespace cimd::storage {

// How long a record is valid.
inline constexpr absl::Duration kRequestMemory = absl::Hours(24);

template <typename Source>
MaybeStored<RequestRecord> FindRequest(Source& source, std::string_view owner, std::string_view request_id) {
  return Find<RequestRecord>(source, keys::Request(owner, request_id));
}

inline void PutRequest(Transaction& transaction, std::string_view owner, std::string_view request_id,
                       const RequestRecord& record) {
  PutRecord(transaction, keys::Request(owner, request_id), record);
}

// Deletes an owner's records that are older than kRequestMemory, in bounded commits. A record that does not parse
// stays, because its age is not known. One caller at a time.
absl::Status ForgetOldRequests(Store& store, std::string_view owner, absl::Time now,
                               UnreadableRecordVisitor unreadable);

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_REPOSITORIES_IDEMPOTENCY_RECORDS_H_
