#include <cstdint>
#include <optional>
#include <string>

#include "cimd/storage/records.pb.h"
#include "fmt/format.h"
#include "storage/audit/integrity_inspector.h"
#include "storage/keys.h"

// The consistency rules of clients, client blocks and document versions.
namespace cimd::storage {
namespace {

std::optional<ClientRecord> FindClient(Inspector& inspector, const std::string& tenant, const std::string& client) {
  auto id = inspector.Find<ClientIdRecord>(keys::ClientById(tenant, client));
  if (!id.has_value()) return std::nullopt;
  return inspector.Find<ClientRecord>(keys::Client(tenant, id->external_client_id()));
}

void CheckClient(Inspector& inspector, const Inspected& entry) {
  std::optional<ClientRecord> record = inspector.RecordOf<ClientRecord>(entry);
  if (!record.has_value()) return;
  const std::string& tenant = entry.parts.tenant;
  const v1::Client& client = record->client();
  const std::string& url = client.metadata().external_client_id();
  const std::string id(LastSegment(client.name()));
  if (!inspector.StandsAt(entry, keys::Client(tenant, url))) return;
  if (client.name() != fmt::format("tenants/{}/clients/{}", tenant, id)) {
    inspector.Disagree(entry.key, fmt::format("its name is '{}'", client.name()));
  }
  auto index = inspector.Find<ClientIdRecord>(keys::ClientById(tenant, id));
  if (!index.has_value() || index->external_client_id() != url) {
    inspector.Disagree(entry.key, fmt::format("its id {} does not lead to it", id));
  }
  auto document = inspector.Find<DocumentRecord>(keys::Document(tenant, id, client.document_version()));
  if (!document.has_value()) {
    inspector.Disagree(entry.key, fmt::format("its document version {} does not exist", client.document_version()));
  } else if (document->document().document_sha256() != client.document_sha256()) {
    inspector.Disagree(entry.key, fmt::format("its document version {} has another digest", client.document_version()));
  }
  const bool is_blocked = client.state() == v1::CLIENT_STATE_BLOCKED;
  if (is_blocked != inspector.Exists(keys::ClientBlock(tenant, url))) {
    inspector.Disagree(entry.key,
                       is_blocked ? "it is blocked, but its URL is not" : "its URL is blocked, but it is not");
  }
}

void CheckClientById(Inspector& inspector, const Inspected& entry) {
  std::optional<ClientIdRecord> id = inspector.RecordOf<ClientIdRecord>(entry);
  if (!id.has_value()) return;
  auto client = inspector.Find<ClientRecord>(keys::Client(entry.parts.tenant, id->external_client_id()));
  if (!client.has_value() || LastSegment(client->client().name()) != entry.parts.strings[0]) {
    inspector.Disagree(entry.key, fmt::format("no client with this id has the URL '{}'", id->external_client_id()));
  }
}

void CheckClientBlock(Inspector& inspector, const Inspected& entry) {
  std::optional<ClientBlockRecord> block = inspector.RecordOf<ClientBlockRecord>(entry);
  if (!block.has_value()) return;
  inspector.StandsAt(entry, keys::ClientBlock(entry.parts.tenant, block->block().external_client_id()));
}

void CheckClientKeys(Inspector& inspector, const Inspected& entry) {
  if (!inspector.RecordOf<ClientKeysRecord>(entry).has_value()) return;
  if (!inspector.Exists(keys::ClientById(entry.parts.tenant, entry.parts.strings[0]))) {
    inspector.Disagree(entry.key, "its client does not exist");
  }
}

void CheckRefreshFailure(Inspector& inspector, const Inspected& entry) {
  if (!inspector.RecordOf<RefreshFailureRecord>(entry).has_value()) return;
  if (!inspector.Exists(keys::ClientById(entry.parts.tenant, entry.parts.strings[0]))) {
    inspector.Disagree(entry.key, "its client does not exist");
  }
}

void CheckDocument(Inspector& inspector, const Inspected& entry) {
  std::optional<DocumentRecord> record = inspector.RecordOf<DocumentRecord>(entry);
  if (!record.has_value()) return;
  const std::string& tenant = entry.parts.tenant;
  const std::string& client = entry.parts.strings[0];
  const auto version = static_cast<int64_t>(entry.parts.number);
  const std::string& digest = record->document().document_sha256();
  if (inspector.Sha256Hex(record->document().body()) != digest) {
    inspector.Disagree(entry.key, "its body does not have the digest that is recorded");
  }
  // A purge of the client deletes a version and its digest entry in separate commits.
  if (inspector.IsBeingPurged(keys::AllOf(tenant, keys::Kind::kDocument, client))) return;
  std::optional<ClientRecord> owner = FindClient(inspector, tenant, client);
  if (!owner.has_value()) {
    inspector.Disagree(entry.key, "its client does not exist");
    return;
  }
  if (version < 1 || version > owner->last_document_version()) {
    inspector.Disagree(entry.key, fmt::format("its client has versions 1 to {}", owner->last_document_version()));
  }
  auto index = inspector.Find<DocumentDigestRecord>(keys::DocumentByDigest(tenant, client, digest));
  if (!index.has_value() || index->version() != version) {
    inspector.Disagree(entry.key, "its digest does not lead to it");
  }
}

void CheckDocumentByDigest(Inspector& inspector, const Inspected& entry) {
  std::optional<DocumentDigestRecord> digest = inspector.RecordOf<DocumentDigestRecord>(entry);
  if (!digest.has_value()) return;
  const std::string& tenant = entry.parts.tenant;
  const std::string& client = entry.parts.strings[0];
  if (inspector.IsBeingPurged(keys::AllOf(tenant, keys::Kind::kDocumentByDigest, client))) return;
  if (!inspector.Exists(keys::ClientById(tenant, client))) {
    inspector.Disagree(entry.key, "its client does not exist");
    return;
  }
  auto document = inspector.Find<DocumentRecord>(keys::Document(tenant, client, digest->version()));
  if (!document.has_value() || document->document().document_sha256() != entry.parts.strings[1]) {
    inspector.Disagree(entry.key, fmt::format("document version {} does not have this digest", digest->version()));
  }
}

}  // namespace

void CheckClientEntry(Inspector& inspector, const Inspected& entry) {
  if (entry.parts.kind == keys::Kind::kClient) return CheckClient(inspector, entry);
  if (entry.parts.kind == keys::Kind::kClientById) return CheckClientById(inspector, entry);
  if (entry.parts.kind == keys::Kind::kClientBlock) return CheckClientBlock(inspector, entry);
  if (entry.parts.kind == keys::Kind::kClientKeys) return CheckClientKeys(inspector, entry);
  if (entry.parts.kind == keys::Kind::kRefreshFailure) return CheckRefreshFailure(inspector, entry);
  if (entry.parts.kind == keys::Kind::kDocument) return CheckDocument(inspector, entry);
  return CheckDocumentByDigest(inspector, entry);
}

}  // namespace cimd::storage
