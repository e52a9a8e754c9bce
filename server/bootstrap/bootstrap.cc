#include "server/bootstrap/bootstrap.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/strings/ascii.h"
#include "cimd/storage/records.pb.h"
#include "server/callers/new_access_token.h"
#include "server/crypto/sha256.h"
#include "server/mutations/audited_transaction.h"
#include "server/mutations/server_event.h"
#include "server/resources/tenant_settings.h"
#include "server/rpc/proto_time.h"
#include "server/rpc/resource_name.h"
#include "storage/audit/audit_log.h"
#include "storage/repositories/access_token_repository.h"
#include "storage/repositories/tenant_repository.h"
#include "storage/rocksdb/rocksdb_store.h"
#include "storage/run_in_transaction.h"

namespace cimd {
namespace {

constexpr std::string_view kDefaultTenant = "default";

// Writes a file that only its owner can read. After a crash the file is complete or does not exist.
absl::Status WriteSecretFile(const std::string& path, std::string_view content) {
  const std::string temporary = path + ".new";
  unlink(temporary.c_str());
  const int file = open(temporary.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  auto failure = [&] { return absl::UnavailableError("cannot write " + path + ": " + std::strerror(errno)); };
  if (file < 0) return failure();
  const bool written =
      write(file, content.data(), content.size()) == static_cast<ssize_t>(content.size()) && fsync(file) == 0;
  if (close(file) != 0 || !written) return failure();
  if (rename(temporary.c_str(), path.c_str()) != 0) return failure();
  // Sync the directory before the commit that stores the token's digest.
  const std::string directory = std::filesystem::path(path).parent_path();
  const int parent = open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (parent < 0) return failure();
  const bool synced = fsync(parent) == 0;
  close(parent);
  return synced ? absl::OkStatus() : failure();
}

absl::StatusOr<bool> IsNew(storage::Transaction& transaction) {
  using storage::keys::Kind;
  for (const Kind kind : {Kind::kAccessTokenById, Kind::kTenant}) {
    auto found = transaction.Scan(storage::keys::All(storage::keys::kPlatform, kind), 1);
    if (!found.ok()) return found.status();
    if (!found->empty()) return false;
  }
  return true;
}

// The token in the operator's file, without surrounding whitespace.
absl::StatusOr<std::string> ReadGivenToken(const std::string& path) {
  constexpr std::streamsize kMaxBytes = 4096;
  std::ifstream file(path, std::ios::binary);
  std::string content(kMaxBytes, '\0');
  file.read(content.data(), kMaxBytes);
  content.resize(static_cast<size_t>(file.gcount()));
  if (content.empty()) return absl::NotFoundError("--bootstrap_token_file: cannot read " + path);
  absl::StripAsciiWhitespace(&content);
  if (absl::Status status = callers::CheckAccessTokenStrength(content); !status.ok()) {
    return absl::InvalidArgumentError("--bootstrap_token_file: " + std::string(status.message()));
  }
  return content;
}

storage::AccessTokenIdRecord AdminToken(std::string_view id, std::string_view token, std::string_view display_name,
                                        absl::Time now) {
  storage::AccessTokenIdRecord record;
  record.set_digest(crypto::Sha256(token));
  v1::AccessToken& access_token = *record.mutable_access_token();
  access_token.set_name(rpc::MakeOwnedName("", rpc::kAccessTokens, id));
  access_token.set_display_name(std::string(display_name));
  access_token.add_scopes("*");
  services::ToProto(now, *access_token.mutable_create_time());
  return record;
}

v1::Tenant DefaultTenant(absl::Time now) {
  v1::Tenant tenant;
  tenant.set_name(rpc::MakeTenantName(kDefaultTenant));
  tenant.set_display_name("Default");
  tenant.set_state(v1::TENANT_STATE_ACTIVE);
  services::FillTenantDefaults(tenant);
  services::ToProto(now, *tenant.mutable_create_time());
  services::ToProto(now, *tenant.mutable_update_time());
  return tenant;
}

// Runs a change and appends its audit event.
absl::Status Record(storage::Transaction& transaction, std::string_view method, std::string_view resource,
                    absl::Time now, absl::FunctionRef<absl::Status(storage::Transaction&)> change) {
  services::AuditedTransaction audited(transaction);
  if (absl::Status status = change(audited); !status.ok()) return status;
  storage::AuditRecord event = services::ServerEvent(method, resource, now);
  absl::StatusOr<bool> changed = audited.Describe({.resource = std::string(resource)}, event);
  if (!changed.ok()) return changed.status();
  storage::AppendAuditEvent(transaction, storage::keys::kPlatform, event);
  return absl::OkStatus();
}

// Writes a platform token with every scope.
absl::Status PutAdminToken(storage::Transaction& transaction, std::string_view id, std::string_view token,
                           std::string_view display_name, absl::Time now) {
  const storage::AccessTokenIdRecord admin = AdminToken(id, token, display_name, now);
  return Record(transaction, "cimd.v1.AdminService/CreateAccessToken", admin.access_token().name(), now,
                [&](storage::Transaction& audited) {
                  storage::PutAccessToken(audited, storage::keys::kPlatform, id, admin);
                  return absl::OkStatus();
                });
}

}  // namespace

absl::StatusOr<Bootstrap> BootstrapIfNew(storage::Store& store, const std::string& given_token_file,
                                         const std::string& token_file, absl::Time now) {
  const std::string id = callers::NewAccessTokenId();
  Bootstrap outcome = Bootstrap::kNotNew;
  absl::StatusOr<storage::Revision> committed =
      storage::RunInTransaction(store, [&](storage::Transaction& transaction) -> absl::Status {
        outcome = Bootstrap::kNotNew;
        absl::StatusOr<bool> is_new = IsNew(transaction);
        if (!is_new.ok() || !*is_new) return is_new.status();
        absl::StatusOr<std::string> token = callers::NewAccessToken();
        if (!given_token_file.empty()) {
          token = ReadGivenToken(given_token_file);
          if (!token.ok()) return token.status();
        } else if (absl::Status status = WriteSecretFile(token_file, *token + "\n"); !status.ok()) {
          return status;
        }
        outcome = given_token_file.empty() ? Bootstrap::kGenerated : Bootstrap::kGiven;
        absl::Status put = PutAdminToken(transaction, id, *token, "bootstrap-admin", now);
        if (!put.ok()) return put;
        const v1::Tenant tenant = DefaultTenant(now);
        return Record(transaction, "cimd.v1.AdminService/CreateTenant", tenant.name(), now,
                      [&](storage::Transaction& audited) { return storage::PutTenant(audited, nullptr, tenant); });
      });
  if (!committed.ok()) return committed.status();
  return outcome;
}

absl::StatusOr<std::string> RecoverPlatformToken(const std::string& data_dir, absl::Time now) {
  storage::RocksDbOptions options;
  options.directory = data_dir + "/db";
  // Opening creates a missing store, which would have no tenant.
  if (!std::filesystem::is_directory(options.directory)) {
    return absl::NotFoundError(data_dir + " is not the data directory of a server: it has no folder db");
  }
  absl::StatusOr<std::unique_ptr<storage::Store>> store = storage::OpenRocksDbStore(std::move(options));
  if (!store.ok()) return store.status();
  const std::string id = callers::NewAccessTokenId();
  const std::string token = callers::NewAccessToken();
  absl::StatusOr<storage::Revision> committed = storage::RunInTransaction(
      **store,
      [&](storage::Transaction& transaction) { return PutAdminToken(transaction, id, token, "recovered-admin", now); });
  if (!committed.ok()) return committed.status();
  return token;
}

}  // namespace cimd
