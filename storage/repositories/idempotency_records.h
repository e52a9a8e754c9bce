#ifndef CIMD_STORAGE_REPOSITORIES_IDEMPOTENCY_RECORDS_H_
#define CIMD_STORAGE_REPOSITORIES_IDEMPOTENCY_RECORDS_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cimd/storage/records.pb.h"
#include "storage/keys.h"
#include "storage/record.h"
#include "storage/store.h"

// The first answers to mutations that carried a request_id, so that a repeated request does nothing twice.
namespace cimd::storage {

// How long a request_id is remembered.
inline constexpr absl::Duration kRequestMemory = absl::Hours(24);

// `tenant` is an id, or keys::kPlatform.
template <typename Source>
MaybeStored<RequestRecord> FindRequest(Source& source, std::string_view tenant, std::string_view request_id) {
  return Find<RequestRecord>(source, keys::Request(tenant, request_id));
}

inline void PutRequest(Transaction& transaction, std::string_view tenant, std::string_view request_id,
                       const RequestRecord& record) {
  PutRecord(transaction, keys::Request(tenant, request_id), record);
}

// Forgets requests of one tenant (or kPlatform) that are older than kRequestMemory. One caller at a time.
absl::Status ForgetOldRequests(Store& store, std::string_view tenant, absl::Time now);

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_REPOSITORIES_IDEMPOTENCY_RECORDS_H_
