#include "server/services/admin/server_status.h"

#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "cimd/storage/backup.pb.h"
#include "fmt/format.h"
#include "server/backup/backup.h"
#include "server/errors/errors.h"
#include "server/rpc/proto_time.h"
#include "storage/keys.h"

namespace cimd::services {
namespace {

namespace errors = rpc::errors;

constexpr int64_t kMebibyte = 1 << 20;
constexpr int64_t kLittleSpace = 1024 * kMebibyte;
constexpr absl::Duration kCertificateNotice = absl::Hours(24 * 7);
// Old enough that a nightly backup was missed.
constexpr absl::Duration kOldBackup = absl::Hours(48);
// Normally events are linked within a second.
constexpr int64_t kLongAuditBacklogSeconds = 60;
// More than one failure by the server's fault in this many calls is a concern.
constexpr int64_t kCallsForOneFailure = 100;

absl::StatusOr<int64_t> CountTenants(const storage::Store& store) {
  absl::StatusOr<std::unique_ptr<storage::Snapshot>> snapshot = store.TakeSnapshot();
  if (!snapshot.ok()) return errors::FromStore(snapshot.status());
  int64_t tenants = 0;
  absl::Status status =
      (*snapshot)->Scan(storage::keys::All(storage::keys::kPlatform, storage::keys::Kind::kTenant), /*limit=*/0,
                        [&](std::string_view, std::string_view, storage::Revision) { return ++tenants > 0; });
  if (!status.ok()) return errors::FromStore(status);
  return tenants;
}

// Resident memory in bytes. 0 when the system does not report it.
int64_t ResidentBytes() {
  int64_t all_pages = 0;
  int64_t resident_pages = 0;
  std::ifstream("/proc/self/statm") >> all_pages >> resident_pages;
  return resident_pages * sysconf(_SC_PAGESIZE);
}

// nullopt when there is no readable backup. VerifyBackup reports the reason.
std::optional<v1::Backup> NewestBackup(const std::string& backup_dir) {
  absl::StatusOr<std::string> name = backup::FindNewestBackup(backup_dir);
  if (!name.ok() || name->empty()) return std::nullopt;
  absl::StatusOr<storage::BackupManifest> manifest = backup::ReadManifest(fmt::format("{}/{}", backup_dir, *name));
  if (!manifest.ok()) return std::nullopt;
  v1::Backup backup;
  backup.set_backup_id(*name);
  backup.set_revision(manifest->revision());
  backup.set_files(manifest->files_size());
  int64_t bytes = 0;
  for (const storage::BackupFile& file : manifest->files()) bytes += file.size();
  backup.set_bytes(bytes);
  *backup.mutable_create_time() = manifest->create_time();
  return backup;
}

}  // namespace

std::vector<std::string> ConcernsOf(const v1::ServerStatus& status, const storage::StoreStatistics& store) {
  std::vector<std::string> concerns;
  const absl::Time now = FromProto(status.now());
  const auto has_passed = [&](const google::protobuf::Timestamp& time, absl::Duration notice) {
    return FromProto(time) - notice <= now;
  };
  if (store.failed) {
    concerns.push_back("changes are refused: the storage engine failed. Restart the server; the log says what it met");
  } else if (!store.writable) {
    concerns.push_back("changes are refused: too little disk space is left for the store. Make space");
  }
  if (status.has_certificate_expire_time() && has_passed(status.certificate_expire_time(), absl::ZeroDuration())) {
    concerns.push_back("the server's certificate has expired");
  }
  if (!status.serving()) concerns.push_back("the server was told to stop");
  if (status.audit_backlog_seconds() > kLongAuditBacklogSeconds) {
    concerns.push_back(fmt::format("for {} seconds audit events could not be linked into their chain",
                                   status.audit_backlog_seconds()));
  }
  if (status.failed_calls() > status.calls() / kCallsForOneFailure) {
    concerns.push_back(fmt::format("{} of {} calls failed by the server's fault; the log's errors name them",
                                   status.failed_calls(), status.calls()));
  }
  if (store.writable && store.free_bytes.has_value() && *store.free_bytes < kLittleSpace) {
    concerns.push_back(fmt::format("only {} MiB of disk are free", *store.free_bytes / kMebibyte));
  }
  if (status.has_certificate_expire_time() && !has_passed(status.certificate_expire_time(), absl::ZeroDuration()) &&
      has_passed(status.certificate_expire_time(), kCertificateNotice)) {
    concerns.push_back("the server's certificate expires within 7 days");
  }
  if (status.backups_enabled() && !status.has_last_backup()) {
    concerns.push_back("there is no backup in --backup_dir");
  } else if (status.has_last_backup() && has_passed(status.last_backup().create_time(), -kOldBackup)) {
    concerns.push_back("the newest backup is older than two days");
  }
  return concerns;
}

absl::StatusOr<v1::ServerStatus> ServerStatusHandlers::GetServerStatus(rpc::RequestContext& call,
                                                                       const v1::GetServerStatusRequest&) const {
  v1::ServerStatus status;
  describe_(status);
  ToProto(call.now, *status.mutable_now());
  status.set_revision(store_.CurrentRevision());
  absl::StatusOr<int64_t> tenants = CountTenants(store_);
  if (!tenants.ok()) return tenants.status();
  status.set_tenants(*tenants);
  const storage::StoreStatistics store = store_.Statistics();
  status.set_writable(store.writable);
  status.set_store_bytes(store.used_bytes);
  if (store.free_bytes.has_value()) status.set_free_bytes(*store.free_bytes);
  status.set_resident_bytes(ResidentBytes());
  status.set_backups_enabled(!backup_dir_.empty());
  if (std::optional<v1::Backup> backup = backup_dir_.empty() ? std::nullopt : NewestBackup(backup_dir_)) {
    *status.mutable_last_backup() = *std::move(backup);
  }
  const auto weaknesses = std::move(*status.mutable_concerns());
  status.clear_concerns();
  for (std::string& concern : ConcernsOf(status, store)) status.add_concerns(std::move(concern));
  for (const std::string& weakness : weaknesses) status.add_concerns(weakness);
  return status;
}

}  // namespace cimd::services
