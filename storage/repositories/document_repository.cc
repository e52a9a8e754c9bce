#include "storage/repositories/document_repository.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

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

absl::Status PruneDocuments(Transaction& transaction, std::string_view tenant, std::string_view client, int64_t newest,
                            int64_t in_force) {
  constexpr int kPerScan = 16;
  constexpr int kMostRemoved = 16;
  if (newest <= kNewestDocumentVersions) return absl::OkStatus();
  KeyRange rest = keys::AllOf(tenant, keys::Kind::kDocument, client);
  // Newer versions sort before this key.
  rest.begin = keys::Document(tenant, client, newest - kNewestDocumentVersions);
  for (int removed = 0; removed < kMostRemoved;) {
    absl::StatusOr<std::vector<Entry>> entries = transaction.Scan(rest, kPerScan);
    if (!entries.ok()) return entries.status();
    for (const Entry& entry : *entries) {
      DocumentRecord record;
      // The digest is in the record. If the record does not parse, the index entry stays; `cimdctl admin check` reports
      // it.
      if (!ParseRecord(entry.value, record).ok() || record.retained()) continue;
      if (keys::DocumentVersion(entry.key) == in_force || removed == kMostRemoved) continue;
      transaction.Delete(keys::DocumentByDigest(tenant, client, record.document().document_sha256()));
      transaction.Delete(entry.key);
      ++removed;
    }
    if (entries->size() < kPerScan) return absl::OkStatus();
    rest.begin = entries->back().key + '\0';
  }
  return absl::OkStatus();
}

}  // namespace cimd::storage
