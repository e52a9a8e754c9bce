#ifndef CIMD_STORAGE_REPOSITORIES_DOCUMENT_REPOSITORY_H_
#define CIMD_STORAGE_REPOSITORIES_DOCUMENT_REPOSITORY_H_

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "cimd/storage/records.pb.h"
#include "storage/keys.h"
#include "storage/record.h"
#include "storage/store.h"

// The document versions of clients: one per distinct body, immutable but for the time they were last confirmed.
namespace cimd::storage {

template <typename Source>
MaybeStored<DocumentRecord> FindDocument(Source& source, std::string_view tenant, std::string_view client,
                                         int64_t version) {
  return Find<DocumentRecord>(source, keys::Document(tenant, client, version));
}

// The version that holds the bytes with this SHA-256 (hexadecimal); 0 when none does.
absl::StatusOr<int64_t> FindDocumentVersion(Transaction& transaction, std::string_view tenant, std::string_view client,
                                            std::string_view sha256);

// Writes a version and its digest entry.
void PutDocument(Transaction& transaction, std::string_view tenant, std::string_view client, int64_t version,
                 const DocumentRecord& record);

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_REPOSITORIES_DOCUMENT_REPOSITORY_H_
