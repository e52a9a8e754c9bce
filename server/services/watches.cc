#include "server/services/watches.h"

#include <utility>

#include "cimd/storage/records.pb.h"
#include "cimd/v1/connections_service.pb.h"
#include "cimd/v1/grants_service.pb.h"
#include "cimd/v1/registration_service.pb.h"
#include "server/errors/errors.h"
#include "server/rpc/watch_cursor.h"
#include "storage/audit/audit_log.h"
#include "storage/keys.h"
#include "storage/record.h"
#include "storage/repositories/client_repository.h"
#include "storage/repositories/connection_repository.h"
#include "storage/repositories/grant_repository.h"

namespace cimd::services {
namespace {

namespace keys = storage::keys;
using storage::Change;
using storage::Revision;
using storage::Stored;

absl::Status TellClient(const Change& change, Revision revision, v1::WatchClientsResponse& response) {
  v1::ClientChange& told = *response.add_changes();
  told.set_external_client_id(keys::FirstPartOf(change.key));
  if (!change.value.has_value()) return absl::OkStatus();
  Stored<storage::ClientRecord> stored{.revision = revision};
  if (absl::Status status = storage::ParseRecord(*change.value, stored.record); !status.ok()) return status;
  *told.mutable_client() = storage::ServedClient(std::move(stored));
  return absl::OkStatus();
}

// A grant has two keys: one holds its content, the other maps its id. A write is reported from the first key, a
// deletion from the second. Both keys change in one commit, except when a whole tenant is purged.
absl::Status TellClientGrant(const Change& change, Revision revision, v1::WatchClientGrantsResponse& response) {
  const bool is_content = keys::KindOf(change.key) == keys::Kind::kClientGrant;
  if (is_content != change.value.has_value()) return absl::OkStatus();
  v1::ClientGrantChange& told = *response.add_changes();
  if (!is_content) {
    told.set_name(rpc::MakeChildName(keys::TenantOf(change.key), rpc::kClientGrants, keys::FirstPartOf(change.key)));
    return absl::OkStatus();
  }
  Stored<storage::ClientGrantRecord> stored{.revision = revision};
  if (absl::Status status = storage::ParseRecord(*change.value, stored.record); !status.ok()) return status;
  *told.mutable_client_grant() = storage::ServedClientGrant(std::move(stored));
  told.set_name(told.client_grant().name());
  return absl::OkStatus();
}

absl::Status TellConnection(const Change& change, Revision revision, v1::WatchConnectionsResponse& response) {
  v1::ConnectionChange& told = *response.add_changes();
  told.set_name(rpc::MakeChildName(keys::TenantOf(change.key), rpc::kConnections, keys::FirstPartOf(change.key)));
  if (!change.value.has_value()) return absl::OkStatus();
  Stored<storage::ConnectionRecord> stored{.revision = revision};
  if (absl::Status status = storage::ParseRecord(*change.value, stored.record); !status.ok()) return status;
  *told.mutable_connection() = storage::ServedConnection(std::move(stored));
  return absl::OkStatus();
}

absl::Status TellConnectionWithoutOptions(const Change& change, Revision revision,
                                          v1::WatchConnectionsResponse& response) {
  if (absl::Status status = TellConnection(change, revision, response); !status.ok()) return status;
  v1::ConnectionChange& told = *response.mutable_changes()->rbegin();
  if (told.has_connection()) told.mutable_connection()->clear_options();
  return absl::OkStatus();
}

}  // namespace

const watch::Topic& ClientTopic() {
  static const watch::Topic* const topic = new watch::Topic(
      watch::MakeTopic<storage::ClientRecord, v1::WatchClientsResponse>({keys::Kind::kClient}, TellClient));
  return *topic;
}

const watch::Topic& ClientGrantTopic() {
  static const watch::Topic* const topic =
      new watch::Topic(watch::MakeTopic<storage::ClientGrantRecord, v1::WatchClientGrantsResponse>(
          {keys::Kind::kClientGrant, keys::Kind::kClientGrantById}, TellClientGrant));
  return *topic;
}

const watch::Topic& ConnectionTopic(bool with_options) {
  using Record = storage::ConnectionRecord;
  static const watch::Topic* const whole = new watch::Topic(
      watch::MakeTopic<Record, v1::WatchConnectionsResponse>({keys::Kind::kConnection}, TellConnection));
  static const watch::Topic* const without_options = new watch::Topic(
      watch::MakeTopic<Record, v1::WatchConnectionsResponse>({keys::Kind::kConnection}, TellConnectionWithoutOptions));
  return with_options ? *whole : *without_options;
}

absl::Status CheckCursor(const storage::Store& store, const watch::Topic& topic, std::string_view tenant,
                         std::string_view cursor) {
  if (cursor.empty()) return absl::OkStatus();
  absl::StatusOr<int64_t> after = rpc::ParseWatchCursor(cursor, topic.kind, tenant);
  if (!after.ok()) return after.status();
  absl::StatusOr<storage::AuditChainRecord> log = storage::FindAuditChain(store, tenant);
  if (!log.ok()) return rpc::errors::FromStore(log.status());
  return keys::AuditPosition(*after + 1) < log->tenant_begin() ? rpc::errors::CursorExpired() : absl::OkStatus();
}

}  // namespace cimd::services
