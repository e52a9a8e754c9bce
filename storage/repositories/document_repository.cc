#include "storage/repositories/document_repository.h"

#include <cstdint>
#include <string_view>

namespace cimd::storage {

absl::StatusOr<int64_t> FindDocumentVersion(Transaction& transaction, std::string_view tenant, std::string_view client,
                                            std::string_view sha256) {
  auto found = Find<DocumentDigestRecord>(transaction, keys::DocumentByDigest(tenant, client, sha256));
  if (!found.ok()) return found.status();
  return found->has_value() ? (*found)->record.version() : 0;
}

void PutDocument(Transaction& transaction, std::string_view tenant, std::string_view client, int64_t version,
                 const DocumentRecord& record) {
  DocumentDigestRecord digest;
  digest.set_version(version);
  PutRecord(transaction, keys::DocumentByDigest(tenant, client, record.document().document_sha256()), digest);
  PutRecord(transaction, keys::Document(tenant, client, version), record);
}

}  // namespace cimd::storage
