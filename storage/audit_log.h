#ifndef CIMD_STORAGE_AUDIT_LOG_H_
#define CIMD_STORAGE_AUDIT_LOG_H_

#include <string_view>

#include "cimd/storage/records.pb.h"
#include "storage/keys.h"
#include "storage/store.h"

// The record of who changed what. An event is written by the transaction that makes the change, so neither exists
// without the other; events sort in the order of commits, and writers never conflict over them.
namespace cimd::storage {

// `tenant` is an id, or keys::kPlatform for what happens to tenants themselves.
inline void AppendAuditEvent(Transaction& transaction, std::string_view tenant, const AuditRecord& event) {
  transaction.Append(keys::AuditEventPrefix(tenant), event.SerializeAsString());
}

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_AUDIT_LOG_H_
