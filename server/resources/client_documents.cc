#include "server/resources/client_documents.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "google/protobuf/util/message_differencer.h"
#include "server/crypto/random.h"
#include "server/errors/errors.h"
#include "server/metadata/metadata_diff.h"
#include "server/resources/client_settings.h"
#include "server/rpc/proto_time.h"
#include "server/rpc/resource_name.h"
#include "storage/repositories/client_repository.h"
#include "storage/repositories/document_repository.h"

namespace cimd::services {
namespace {

// Returns the version that holds the document's bytes. Sets confirm_time of an existing version, or adds a new one.
absl::StatusOr<storage::DocumentRecord> KeepVersion(storage::Transaction& transaction, const Actor& actor,
                                                    const v1::MetadataDocument& document, storage::ClientRecord& client,
                                                    int64_t& version) {
  const std::string_view client_id = ClientIdOf(client.client());
  absl::StatusOr<int64_t> known =
      storage::FindDocumentVersion(transaction, actor.tenant, client_id, document.document_sha256());
  if (!known.ok()) return rpc::errors::FromStore(known.status());
  storage::DocumentRecord record;
  if (*known == 0) {
    version = client.last_document_version() + 1;
    client.set_last_document_version(version);
    *record.mutable_document() = document;
    record.mutable_document()->set_created_by(std::string(actor.actor));
    ToProto(actor.now, *record.mutable_document()->mutable_fetch_time());
  } else {
    version = *known;
    auto stored = storage::FindDocument(transaction, actor.tenant, client_id, version);
    if (!stored.ok()) return rpc::errors::FromStore(stored.status());
    if (!stored->has_value()) return rpc::errors::Internal();
    record = std::move((*stored)->record);
    if (document.provenance() == v1::DOCUMENT_PROVENANCE_FETCHED) {
      record.mutable_document()->set_provenance(document.provenance());
      *record.mutable_document()->mutable_evidence() = document.evidence();
    }
  }
  ToProto(actor.now, *record.mutable_document()->mutable_confirm_time());
  storage::PutDocument(transaction, actor.tenant, client_id, version, record);
  if (*known == 0) {
    // The new version is not in force yet. Pruning also keeps the version in force, for flows that began under it.
    absl::Status pruned =
        storage::PruneDocuments(transaction, actor.tenant, client_id, version, client.client().document_version());
    if (!pruned.ok()) return rpc::errors::FromStore(pruned);
  }
  return record;
}

}  // namespace

std::string_view ClientIdOf(const v1::Client& client) { return rpc::IdOfName(client.name()); }

storage::ClientRecord NewClient(std::string_view tenant, std::string_view external_client_id, absl::Time now) {
  storage::ClientRecord record;
  v1::Client& client = *record.mutable_client();
  client.set_name(rpc::MakeClientName(tenant, "tpc_" + crypto::RandomAlphanumeric(22)));
  client.mutable_metadata()->set_external_client_id(std::string(external_client_id));
  client.set_state(v1::CLIENT_STATE_ACTIVE);
  client.set_third_party_security_mode(v1::THIRD_PARTY_SECURITY_MODE_STRICT);
  client.set_pkce_required(true);
  ToProto(now, *client.mutable_create_time());
  return record;
}

absl::StatusOr<bool> ActivateDocument(storage::Transaction& transaction, const Actor& actor,
                                      const metadata::ResolvedDocument& resolved, storage::ClientRecord& record) {
  const storage::ClientRecord before = record;
  int64_t version = 0;
  absl::StatusOr<storage::DocumentRecord> kept = KeepVersion(transaction, actor, resolved.document, record, version);
  if (!kept.ok()) return kept.status();
  absl::Status cleared = storage::ClearRefreshFailure(transaction, actor.tenant, ClientIdOf(record.client()));
  if (!cleared.ok()) return rpc::errors::FromStore(cleared);
  metadata::ResolvedDocument in_force{.document = std::move(*kept->mutable_document()), .report = resolved.report};
  PutVersionInForce(version, in_force, record);
  if (google::protobuf::util::MessageDifferencer::Equals(before, record)) return false;
  ToProto(actor.now, *record.mutable_client()->mutable_update_time());
  return true;
}

void PutVersionInForce(int64_t version, const metadata::ResolvedDocument& resolved, storage::ClientRecord& record) {
  v1::Client& client = *record.mutable_client();
  *client.mutable_metadata() = *resolved.report.metadata;
  *client.mutable_warnings() = resolved.report.validation.warnings();
  client.set_document_version(version);
  client.set_document_sha256(resolved.document.document_sha256());
  client.set_document_provenance(resolved.document.provenance());
  *client.mutable_document_time() = resolved.document.fetch_time();
  client.clear_refresh_failure();
  FillClientDefaults(client);
}

v1::MetadataDiff DiffFrom(const v1::Client& client, std::string_view in_force_body,
                          const metadata::ResolvedDocument& resolved) {
  if (!resolved.report.metadata.has_value()) return {};
  return metadata::DiffMetadata(client.metadata(), *resolved.report.metadata, in_force_body, resolved.document.body());
}

}  // namespace cimd::services
