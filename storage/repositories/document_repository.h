#ifndef CIMD_STORAGE_REPOSITORIES_DOCUMENT_REPOSITORY_H_
#define CIMD_STORAGE_REPOSITORIES_DOCUMENT_REPOSITORY_H_

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cimd/storage/records.pb.h"
#include "storage/keys.h"
#include "storage/record.h"
#include "storage/store.h"

// The document versions of clients: one for each distinct body. Only the time of the last confirmation, the provenance
// and whether it is retained can change.
namespace cimd::storage {

// How many of the newest versions of a client are kept. Without a limit, a document that differs at each fetch (it has
// a nonce) would grow the store at each refresh.
inline constexpr int64_t kNewestDocumentVersions = 100;

template <typename Source>
MaybeStored<DocumentRecord> FindDocument(Source& source, std::string_view tenant, std::string_view client,
                                         int64_t version) {
  return Find<DocumentRecord>(source, keys::Document(tenant, client, version));
}

// The version whose body has this SHA-256 (lower-case hexadecimal); 0 when there is none.
absl::StatusOr<int64_t> FindDocumentVersion(Transaction& transaction, std::string_view tenant, std::string_view client,
                                            std::string_view sha256);

// Writes a version and its index entry.
void PutDocument(Transaction& transaction, std::string_view tenant, std::string_view client, int64_t version,
                 const DocumentRecord& record);

// Deletes up to 16 versions of a client that are older than the newest kNewestDocumentVersions. `newest` is the
// client's last version. Version `in_force` and retained ones stay. Each call makes at most 32 writes, so a client with
// very many versions is pruned in several commits.
absl::Status PruneDocuments(Transaction& transaction, std::string_view tenant, std::string_view client, int64_t newest,
                            int64_t in_force);

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_REPOSITORIES_DOCUMENT_REPOSITORY_H_
