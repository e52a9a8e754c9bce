#include "server/bootstrap.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "cimd/storage/records.pb.h"
#include "server/crypto/random.h"
#include "server/crypto/sha256.h"
#include "server/rpc/resource_name.h"
#include "server/services/proto_time.h"
#include "server/services/tenant_settings.h"
#include "storage/access_token_repository.h"
#include "storage/run_in_transaction.h"
#include "storage/tenant_repository.h"

namespace cimd {
namespace {

constexpr std::string_view kDefaultTenant = "default";

// A file that only its owner may read, whole or not there at all, also after a crash.
absl::Status WriteSecretFile(const std::string& path, std::string_view content) {
  const std::string temporary = path + ".new";
  unlink(temporary.c_str());
  const int file = open(temporary.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  auto failure = [&] { return absl::UnavailableError("cannot write " + path + ": " + std::strerror(errno)); };
  if (file < 0) return failure();
  const bool written = write(file, content.data(), content.size()) == static_cast<ssize_t>(content.size()) && fsync(file) == 0;
  if (close(file) != 0 || !written) return failure();
  return rename(temporary.c_str(), path.c_str()) == 0 ? absl::OkStatus() : failure();
}

absl::StatusOr<bool> HasAccessToken(storage::Transaction& transaction) {
  auto tokens = transaction.Scan(storage::keys::All(storage::keys::kPlatform, storage::keys::Kind::kAccessToken), 1);
  if (!tokens.ok()) return tokens.status();
  return !tokens->empty();
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

}  // namespace

absl::StatusOr<bool> BootstrapIfNew(storage::Store& store, const std::string& token_file, absl::Time now) {
  const std::string token = "cimd_" + crypto::RandomAlphanumeric(43);
  bool made = false;
  absl::StatusOr<storage::Revision> committed =
      storage::RunInTransaction(store, [&](storage::Transaction& transaction) -> absl::Status {
        made = false;
        absl::StatusOr<bool> has_token = HasAccessToken(transaction);
        if (!has_token.ok() || *has_token) return has_token.status();
        if (absl::Status status = WriteSecretFile(token_file, token + "\n"); !status.ok()) return status;
        storage::AccessTokenRecord record;
        record.set_name("bootstrap-admin");
        record.add_scopes("*");
        services::ToProto(now, *record.mutable_create_time());
        storage::PutAccessToken(transaction, crypto::Sha256(token), record);
        made = true;
        return storage::PutTenant(transaction, nullptr, DefaultTenant(now));
      });
  if (!committed.ok()) return committed.status();
  return made;
}

}  // namespace cimd
