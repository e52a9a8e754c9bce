#include "server/services/admin/store_operations.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "cimd/storage/backup.pb.h"
#include "fmt/format.h"
#include "server/backup/backup.h"
#include "server/crypto/sha256.h"
#include "server/errors/errors.h"
#include "server/rpc/proto_time.h"
#include "server/rpc/request_validator.h"
#include "server/rpc/resource_name.h"
#include "storage/audit/integrity.h"
#include "storage/keys.h"
#include "storage/rocksdb/rocksdb_store.h"

namespace cimd::services {
namespace {

namespace errors = rpc::errors;
using rpc::RequestContext;

constexpr int kDefaultProblems = 100;
constexpr int kMaxProblems = 1000;
// Retry delay. The operations take seconds to minutes.
constexpr absl::Duration kRetryAfter = absl::Seconds(5);

// Name of the tenant or platform that owns a record. Empty when its key has no owner.
std::string ParentOf(std::string_view tenant) {
  if (tenant.empty()) return {};
  return tenant == storage::keys::kPlatform ? "platform" : rpc::MakeTenantName(tenant);
}

}  // namespace

absl::StatusOr<v1::CheckStoreResponse> StoreOperationHandlers::CheckStore(RequestContext& call,
                                                                          const v1::CheckStoreRequest& request) const {
  RequestValidator validator;
  validator.InRange("max_problems", request.max_problems(), 0, std::numeric_limits<int32_t>::max());
  if (absl::Status status = validator.status(); !status.ok()) return status;
  const int max_problems =
      request.max_problems() == 0 ? kDefaultProblems : std::min(request.max_problems(), kMaxProblems);
  const std::unique_lock turn(turn_, std::try_to_lock);
  if (!turn.owns_lock()) return errors::Overloaded(kRetryAfter);
  absl::StatusOr<std::unique_ptr<storage::Snapshot>> snapshot = store_.TakeSnapshot();
  if (!snapshot.ok()) return errors::FromStore(snapshot.status());
  v1::CheckStoreResponse response;
  response.set_revision((*snapshot)->revision());
  absl::StatusOr<int64_t> records = storage::CheckIntegrity(
      **snapshot, {.sha256 = crypto::Sha256,
                   .report =
                       [&](const storage::Disagreement& found) {
                         if (response.problems_size() == max_problems) return;
                         v1::StoreProblem& problem = *response.add_problems();
                         problem.set_parent(ParentOf(found.tenant));
                         problem.set_record(found.record);
                         problem.set_problem(found.problem);
                       },
                   .go_on = [&] { return response.problems_size() < max_problems && !call.is_cancelled(); }});
  if (!records.ok()) return errors::FromStore(records.status());
  if (call.is_cancelled()) return errors::DeadlineExceeded();
  response.set_records(*records);
  return response;
}

// Failures are only reported to on_removal: the new backup exists, so the call succeeds.
void StoreOperationHandlers::RemoveOldBackups(absl::Time now) const {
  if (backups_.retention == absl::ZeroDuration()) return;
  const absl::Status listed =
      backup::RemoveBackupsBefore(backups_.directory, now - backups_.retention, backups_.on_removal);
  if (!listed.ok()) backups_.on_removal("", listed);
}

absl::StatusOr<v1::Backup> StoreOperationHandlers::CreateBackup(RequestContext& call,
                                                                const v1::CreateBackupRequest& request) const {
  if (backups_.directory.empty()) return errors::BackupDisabled();
  const std::string id = request.backup_id().empty() ? absl::FormatTime("%Y%m%dT%H%M%SZ", call.now, absl::UTCTimeZone())
                                                     : request.backup_id();
  RequestValidator validator;
  if (!backup::IsBackupName(id)) {
    validator.Add("backup_id", "FORMAT", "must be 1 to 64 letters, digits, hyphens and underscores");
  }
  if (absl::Status status = validator.status(); !status.ok()) return status;
  const std::unique_lock turn(turn_, std::try_to_lock);
  if (!turn.owns_lock()) return errors::Overloaded(kRetryAfter);
  storage::BackupManifest about;
  about.set_schema_version(storage::kSchemaVersion);
  about.set_server_version(CIMD_VERSION);
  ToProto(call.now, *about.mutable_create_time());
  absl::StatusOr<storage::BackupManifest> manifest = backup::CreateBackup(
      backups_.directory, id, about, [&](const std::string& directory) { return store_.CopyTo(directory); });
  if (absl::IsAlreadyExists(manifest.status())) return errors::BackupExists(id);
  if (!manifest.ok()) return errors::BackupFailed(std::string(manifest.status().message()));
  RemoveOldBackups(call.now);
  v1::Backup made;
  made.set_backup_id(id);
  made.set_path(std::filesystem::absolute(fmt::format("{}/{}", backups_.directory, id)));
  made.set_revision(manifest->revision());
  made.set_files(manifest->files_size());
  int64_t bytes = 0;
  for (const storage::BackupFile& file : manifest->files()) bytes += file.size();
  made.set_bytes(bytes);
  *made.mutable_create_time() = manifest->create_time();
  // A backup copies all data, so it must leave an audit event. Without the event the call fails.
  return mutations_.Run<v1::Backup>(call, request,
                                    [&](storage::Transaction&, v1::Backup& response) -> absl::StatusOr<ResourceChange> {
                                      response = made;
                                      return ResourceChange{.resource = fmt::format("backups/{}", id)};
                                    });
}

}  // namespace cimd::services
