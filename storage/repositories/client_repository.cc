#include "storage/repositories/client_repository.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "fmt/format.h"
#include "storage/repositories/purge.h"

namespace cimd::storage {
namespace {

// The last segment of the resource name.
std::string_view ClientId(const ClientRecord& record) {
  std::string_view name = record.client().name();
  return name.substr(name.rfind('/') + 1);
}

}  // namespace

void PutClient(Transaction& transaction, std::string_view tenant, const ClientRecord& record) {
  const std::string& url = record.client().metadata().external_client_id();
  ClientIdRecord id;
  id.set_external_client_id(url);
  PutRecord(transaction, keys::ClientById(tenant, ClientId(record)), id);
  PutRecord(transaction, keys::Client(tenant, url), record);
}

void DeleteClient(Transaction& transaction, std::string_view tenant, const ClientRecord& record) {
  std::string_view client = ClientId(record);
  transaction.Delete(keys::ClientById(tenant, client));
  transaction.Delete(keys::Client(tenant, record.client().metadata().external_client_id()));
  transaction.Delete(keys::ClientKeys(tenant, client));
  transaction.Delete(keys::RefreshFailure(tenant, client));
  SchedulePurge(transaction, keys::AllOf(tenant, keys::Kind::kDocument, client));
  SchedulePurge(transaction, keys::AllOf(tenant, keys::Kind::kDocumentByDigest, client));
  SchedulePurge(transaction, keys::AllOf(tenant, keys::Kind::kClientGrantByClient, client));
  SchedulePurge(transaction, keys::AllOf(tenant, keys::Kind::kClientConnection, client));
}

v1::Client ServedClient(Stored<ClientRecord>&& stored) {
  v1::Client client = std::move(*stored.record.mutable_client());
  client.set_etag(fmt::format("{}", stored.revision));
  return client;
}

void PutRefreshFailure(Transaction& transaction, std::string_view tenant, std::string_view client,
                       const v1::FetchFailure& failure) {
  RefreshFailureRecord record;
  *record.mutable_failure() = failure;
  PutRecord(transaction, keys::RefreshFailure(tenant, client), record);
}

absl::Status ClearRefreshFailure(Transaction& transaction, std::string_view tenant, std::string_view client) {
  std::string key = keys::RefreshFailure(tenant, client);
  absl::StatusOr<std::optional<Entry>> entry = transaction.Get(key);
  if (!entry.ok()) return entry.status();
  if (entry->has_value()) transaction.Delete(std::move(key));
  return absl::OkStatus();
}

}  // namespace cimd::storage
