#include "server/services/connections_service.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "fmt/format.h"
#include "server/crypto/random.h"
#include "server/errors/errors.h"
#include "server/resources/clients.h"
#include "server/resources/etag.h"
#include "server/resources/listing.h"
#include "server/resources/tenants.h"
#include "server/rpc/authenticator.h"
#include "server/rpc/field_mask.h"
#include "server/rpc/proto_time.h"
#include "server/rpc/request_validator.h"
#include "server/rpc/resource_name.h"
#include "server/services/watches.h"
#include "storage/repositories/connection_repository.h"

namespace cimd::services {
namespace {

namespace errors = rpc::errors;
using rpc::RequestContext;
using storage::ConnectionRecord;
using storage::Transaction;
using StoredConnection = storage::Stored<ConnectionRecord>;

constexpr size_t kIdLength = 16;
constexpr size_t kMaxOptionsBytes = 64 * 1024;
constexpr size_t kMaxClientChanges = 50;
constexpr size_t kMaxStrategies = 20;
constexpr std::string_view kEditable[] = {"display_name", "options",        "is_domain_connection",
                                          "metadata",     "show_as_button", "realms"};

bool IsWord(std::string_view text, std::string_view more, size_t max) {
  return !text.empty() && text.size() <= max && std::all_of(text.begin(), text.end(), [&](char c) {
    return absl::ascii_isalnum(c) || more.find(c) != std::string_view::npos;
  });
}

void Validate(const v1::Connection& connection, RequestValidator& validator) {
  const std::string& name = connection.connection_name();
  if (!IsWord(name, "-", 128) || name.front() == '-' || name.back() == '-') {
    validator.Add("connection.connection_name", "FORMAT",
                  "must be 1 to 128 letters, digits and hyphens, neither first nor last a hyphen");
  }
  if (!IsWord(connection.strategy(), "-_", 64)) {
    validator.Add("connection.strategy", "FORMAT", "must be 1 to 64 letters, digits, hyphens and underscores");
  }
  validator.MaxCharacters("connection.display_name", connection.display_name(), 128);
  if (connection.options().ByteSizeLong() > kMaxOptionsBytes) {
    validator.Add("connection.options", "TOO_LONG", fmt::format("at most {} bytes are allowed", kMaxOptionsBytes));
  }
  validator.MaxElements("connection.metadata", connection.metadata_size(), 10);
  for (const auto& [key, value] : connection.metadata()) {
    validator.Require("connection.metadata key", !key.empty());
    validator.MaxCharacters("connection.metadata key", key, 255);
    validator.MaxCharacters("connection.metadata value", value, 255);
  }
  validator.MaxElements("connection.realms", connection.realms_size(), 1000);
  for (int i = 0; i < connection.realms_size(); ++i) {
    validator.MaxCharacters(fmt::format("connection.realms[{}]", i), connection.realms(i), 255);
  }
}

template <typename Source>
absl::StatusOr<StoredConnection> RequireConnection(Source& source, const rpc::ChildName& name) {
  if (absl::Status status = RequireTenant(source, name.tenant).status(); !status.ok()) return status;
  storage::MaybeStored<ConnectionRecord> found = storage::FindConnection(source, name.tenant, name.id);
  if (!found.ok()) return errors::FromStore(found.status());
  if (!found->has_value()) {
    return errors::ConnectionNotFound(rpc::MakeChildName(name.tenant, rpc::kConnections, name.id));
  }
  return **std::move(found);
}

absl::Status FromPut(const absl::Status& status) {
  if (absl::IsResourceExhausted(status)) return errors::DomainConnectionsExhausted(storage::kMaxDomainConnections);
  return status.ok() ? status : errors::FromStore(status);
}

// CONNECTION_IN_USE when this is the last connection at domain level and the tenant has clients, whose users could then
// no longer log in.
absl::Status CheckNotLast(Transaction& transaction, std::string_view tenant, const v1::Connection& connection) {
  absl::StatusOr<storage::DomainConnectionsRecord> all = storage::FindDomainConnections(transaction, tenant);
  if (!all.ok()) return errors::FromStore(all.status());
  if (all->connections_size() > 1) return absl::OkStatus();
  auto clients = transaction.Scan(storage::keys::All(tenant, storage::keys::Kind::kClient), /*limit=*/1);
  if (!clients.ok()) return errors::FromStore(clients.status());
  return clients->empty() ? absl::OkStatus() : errors::ConnectionInUse(connection.name());
}

// Options may hold secrets, so reading them takes a scope of its own.
bool MayReadOptions(const RequestContext& call) { return rpc::HasScope(call.caller, "read:connections_options"); }

v1::Connection Served(StoredConnection&& stored, const RequestContext& call) {
  v1::Connection connection = storage::ServedConnection(std::move(stored));
  if (!MayReadOptions(call)) connection.clear_options();
  return connection;
}

template <typename Request>
absl::Status ValidateStrategies(const Request& request) {
  RequestValidator validator;
  validator.MaxElements("strategies", request.strategies_size(), kMaxStrategies);
  return validator.status();
}

template <typename Request>
bool HasWantedStrategy(const Request& request, const v1::Connection& connection) {
  const auto& wanted = request.strategies();
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), connection.strategy()) != wanted.end();
}

}  // namespace

absl::StatusOr<v1::Connection> ConnectionHandlers::CreateConnection(RequestContext& call,
                                                                    const v1::CreateConnectionRequest& request) const {
  absl::StatusOr<std::string> tenant = rpc::ParseTenantName("parent", request.parent());
  if (!tenant.ok()) return tenant.status();
  RequestValidator validator;
  Validate(request.connection(), validator);
  if (absl::Status status = validator.status(); !status.ok()) return status;
  ConnectionRecord record;
  v1::Connection& connection = *record.mutable_connection();
  connection = request.connection();
  connection.set_name(rpc::MakeChildName(*tenant, rpc::kConnections, "con_" + crypto::RandomAlphanumeric(kIdLength)));
  connection.clear_etag();
  ToProto(call.now, *connection.mutable_create_time());
  ToProto(call.now, *connection.mutable_update_time());
  return mutations_.Run<v1::Connection>(
      call, request, [&](Transaction& transaction, v1::Connection& response) -> absl::StatusOr<ResourceChange> {
        if (auto found = RequireTenant(transaction, *tenant); !found.ok()) return found.status();
        absl::StatusOr<std::string> existing =
            storage::FindConnectionByName(transaction, *tenant, connection.connection_name());
        if (!existing.ok()) return errors::FromStore(existing.status());
        if (!existing->empty()) return errors::ConnectionExists(connection.connection_name());
        absl::Status put = FromPut(storage::PutConnection(transaction, *tenant, record));
        if (!put.ok()) return put;
        response = connection;
        return ResourceChange{.resource = response.name()};
      });
}

absl::StatusOr<v1::Connection> ConnectionHandlers::GetConnection(RequestContext& call,
                                                                 const v1::GetConnectionRequest& request) const {
  absl::StatusOr<rpc::ChildName> name = rpc::ParseChildName("name", rpc::kConnections, request.name());
  if (!name.ok()) return name.status();
  absl::StatusOr<StoredConnection> stored = RequireConnection(store_, *name);
  if (!stored.ok()) return stored.status();
  return Served(*std::move(stored), call);
}

absl::StatusOr<v1::ListConnectionsResponse> ConnectionHandlers::ListConnections(
    RequestContext& call, const v1::ListConnectionsRequest& request) const {
  absl::StatusOr<std::string> tenant = rpc::ParseTenantName("parent", request.parent());
  if (!tenant.ok()) return tenant.status();
  if (absl::Status status = ValidateStrategies(request); !status.ok()) return status;
  if (auto found = RequireTenant(store_, *tenant); !found.ok()) return found.status();
  v1::ListConnectionsResponse response;
  absl::Status listed = ListRecords<ConnectionRecord>(
      store_, call, storage::keys::All(*tenant, storage::keys::Kind::kConnection), request, response,
      [&](const StoredConnection& stored) {
        const v1::Connection& connection = stored.record.connection();
        return HasWantedStrategy(request, connection) &&
               (!request.has_is_domain_connection() ||
                request.is_domain_connection() == connection.is_domain_connection()) &&
               (request.connection_name().empty() || request.connection_name() == connection.connection_name());
      },
      [&](StoredConnection&& stored, const ListedEntry&) {
        *response.add_connections() = Served(std::move(stored), call);
        return absl::OkStatus();
      });
  if (!listed.ok()) return listed;
  return response;
}

absl::StatusOr<v1::Connection> ConnectionHandlers::UpdateConnection(RequestContext& call,
                                                                    const v1::UpdateConnectionRequest& request) const {
  absl::StatusOr<rpc::ChildName> name =
      rpc::ParseChildName("connection.name", rpc::kConnections, request.connection().name());
  if (!name.ok()) return name.status();
  absl::StatusOr<v1::Connection> updated = mutations_.Run<v1::Connection>(
      call, request, [&](Transaction& transaction, v1::Connection& response) -> absl::StatusOr<ResourceChange> {
        absl::StatusOr<StoredConnection> stored = RequireConnection(transaction, *name);
        if (!stored.ok()) return stored.status();
        absl::Status etag = CheckEtag(request.connection().name(), stored->revision, request.connection().etag());
        if (!etag.ok()) return etag;
        v1::Connection& connection = *stored->record.mutable_connection();
        const bool was_domain_connection = connection.is_domain_connection();
        absl::Status applied = rpc::ApplyFieldMask(request.update_mask(), kEditable, request.connection(), connection);
        if (!applied.ok()) return applied;
        RequestValidator validator;
        Validate(connection, validator);
        if (absl::Status status = validator.status(); !status.ok()) return status;
        if (was_domain_connection && !connection.is_domain_connection() && !request.force()) {
          absl::Status status = CheckNotLast(transaction, name->tenant, connection);
          if (!status.ok()) return status;
        }
        ToProto(call.now, *connection.mutable_update_time());
        absl::Status put = FromPut(storage::PutConnection(transaction, name->tenant, stored->record));
        if (!put.ok()) return put;
        response = std::move(connection);
        return ResourceChange{.resource = response.name()};
      });
  if (updated.ok() && !rpc::HasScope(call.caller, "read:connections_options")) updated->clear_options();
  return updated;
}

absl::StatusOr<v1::DeleteConnectionResponse> ConnectionHandlers::DeleteConnection(
    RequestContext& call, const v1::DeleteConnectionRequest& request) const {
  absl::StatusOr<rpc::ChildName> name = rpc::ParseChildName("name", rpc::kConnections, request.name());
  if (!name.ok()) return name.status();
  auto response = mutations_.Run<v1::DeleteConnectionResponse>(
      call, request, [&](Transaction& transaction, v1::DeleteConnectionResponse&) -> absl::StatusOr<ResourceChange> {
        absl::StatusOr<StoredConnection> stored = RequireConnection(transaction, *name);
        if (!stored.ok()) return stored.status();
        absl::Status etag = CheckEtag(request.name(), stored->revision, request.etag());
        if (!etag.ok()) return etag;
        const v1::Connection& connection = stored->record.connection();
        if (connection.is_domain_connection() && !request.force()) {
          absl::Status status = CheckNotLast(transaction, name->tenant, connection);
          if (!status.ok()) return status;
        }
        absl::Status deleted = storage::DeleteConnection(transaction, name->tenant, stored->record);
        if (!deleted.ok()) return errors::FromStore(deleted);
        return ResourceChange{.resource = request.name()};
      });
  if (response.ok()) purge_scheduled_();
  return response;
}

absl::StatusOr<v1::ListConnectionClientsResponse> ConnectionHandlers::ListConnectionClients(
    RequestContext& call, const v1::ListConnectionClientsRequest& request) const {
  absl::StatusOr<rpc::ChildName> name = rpc::ParseChildName("parent", rpc::kConnections, request.parent());
  if (!name.ok()) return name.status();
  if (auto stored = RequireConnection(store_, *name); !stored.ok()) return stored.status();
  v1::ListConnectionClientsResponse response;
  absl::Status listed = ListRecords<storage::ConnectionClientRecord>(
      store_, call, storage::keys::AllOf(name->tenant, storage::keys::Kind::kConnectionClient, name->id), request,
      response, [](const auto&) { return true; },
      [&](storage::Stored<storage::ConnectionClientRecord>&& stored, const ListedEntry&) {
        response.add_clients(rpc::MakeClientName(name->tenant, stored.record.client()));
        return absl::OkStatus();
      });
  if (!listed.ok()) return listed;
  return response;
}

absl::StatusOr<v1::UpdateConnectionClientsResponse> ConnectionHandlers::UpdateConnectionClients(
    RequestContext& call, const v1::UpdateConnectionClientsRequest& request) const {
  absl::StatusOr<rpc::ChildName> name = rpc::ParseChildName("name", rpc::kConnections, request.name());
  if (!name.ok()) return name.status();
  RequestValidator validator;
  validator.Require("changes", !request.changes().empty());
  validator.MaxElements("changes", request.changes_size(), kMaxClientChanges);
  std::set<std::string_view> seen;
  for (int i = 0; i < request.changes_size(); ++i) {
    if (!seen.insert(request.changes(i).client()).second) {
      validator.Add(fmt::format("changes[{}].client", i), "DUPLICATE", "stands in the list before");
    }
  }
  if (absl::Status status = validator.status(); !status.ok()) return status;
  return mutations_.Run<v1::UpdateConnectionClientsResponse>(
      call, request,
      [&](Transaction& transaction, v1::UpdateConnectionClientsResponse&) -> absl::StatusOr<ResourceChange> {
        if (auto stored = RequireConnection(transaction, *name); !stored.ok()) return stored.status();
        for (const auto& change : request.changes()) {
          absl::StatusOr<rpc::ClientName> client = rpc::ParseClientName("changes.client", change.client());
          if (!client.ok()) return client.status();
          // A client of another tenant is reported as unknown.
          if (client->tenant != name->tenant) return errors::ClientNotFound(change.client());
          if (auto found = RequireClient(transaction, *client); !found.ok()) return found.status();
          storage::SetConnectionClient(transaction, name->tenant, name->id, client->client, change.enabled());
        }
        return ResourceChange{.resource = request.name()};
      });
}

absl::StatusOr<v1::ListClientConnectionsResponse> ConnectionHandlers::ListClientConnections(
    RequestContext& call, const v1::ListClientConnectionsRequest& request) const {
  absl::StatusOr<rpc::ClientName> name = rpc::ParseClientName("parent", request.parent());
  if (!name.ok()) return name.status();
  if (absl::Status status = ValidateStrategies(request); !status.ok()) return status;
  if (auto client = RequireClient(store_, *name); !client.ok()) return client.status();
  v1::ListClientConnectionsResponse response;
  absl::Status listed = ListRecords<ConnectionRecord>(
      store_, call, storage::keys::All(name->tenant, storage::keys::Kind::kConnection), request, response,
      [&](const StoredConnection& stored) {
        const v1::Connection& connection = stored.record.connection();
        return connection.is_domain_connection() && HasWantedStrategy(request, connection);
      },
      [&](StoredConnection&& stored, const ListedEntry&) {
        *response.add_connections() = Served(std::move(stored), call);
        return absl::OkStatus();
      });
  if (!listed.ok()) return listed;
  return response;
}

absl::Status ConnectionHandlers::WatchConnections(RequestContext& call, const v1::WatchConnectionsRequest& request,
                                                  const std::shared_ptr<rpc::Stream>& stream) const {
  return WatchTenant(store_, hub_, ConnectionTopic(MayReadOptions(call)), request, stream);
}

}  // namespace cimd::services
