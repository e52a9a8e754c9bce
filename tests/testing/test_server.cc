#include "tests/testing/test_server.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/crypto/sha256.h"
#include "server/telemetry/json_log.h"
#include "storage/repositories/access_token_repository.h"
#include "storage/rocksdb/rocksdb_store.h"
#include "storage/run_in_transaction.h"
#include "tests/testing/rate_limits.h"

namespace cimd::testing {
namespace {

[[noreturn]] void Give(const absl::Status& status) {
  std::fprintf(stderr, "test server: %s\n", status.ToString().c_str());
  std::abort();
}

}  // namespace

TestServer::TestServer(std::vector<const HttpsOrigin*> origins, const rpc::Clock* clock,
                       const std::vector<std::string>& unreachable, ServerOptions options)
    : options_(std::move(options)), clock_(clock) {
  telemetry::SetLogSeverity(telemetry::Severity::kError);
  options_.data_dir = dir_ / "data";
  options_.listen = "127.0.0.1:0";
  options_.development = true;
  std::vector<std::string> rate_limit = EveryRateLimit("0");
  // Later values override earlier ones.
  rate_limit.insert(rate_limit.end(), options_.rate_limit.begin(), options_.rate_limit.end());
  options_.rate_limit = std::move(rate_limit);
  for (const HttpsOrigin* origin : origins) {
    options_.fetch_resolve.push_back(origin->resolve_entry());
    options_.fetch_ca_file = origin->ca_file();
  }
  // 192.0.2.0/24 is reserved for documentation, so the address policy forbids it.
  for (const std::string& host : unreachable) options_.fetch_resolve.push_back(host + ":192.0.2.1");
  Start();
  std::ifstream(token_file()) >> token_;
  v1::Tenant tenant;
  tenant.set_client_id_metadata_document_supported(true);
  UpdateTenant(tenant, {"client_id_metadata_document_supported"});
}

void TestServer::Start() {
  absl::StatusOr<std::unique_ptr<Server>> server = Server::Start(options_, clock_);
  if (!server.ok()) Give(server.status());
  server_ = *std::move(server);
  grpc::ChannelArguments arguments;
  // Each server gets a new channel. gRPC would otherwise reuse a subchannel for the same address.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  channel_ = grpc::CreateCustomChannel(server_->address(), grpc::InsecureChannelCredentials(), arguments);
  registration_ = v1::RegistrationService::NewStub(channel_);
  metadata_ = v1::MetadataService::NewStub(channel_);
  grants_ = v1::GrantsService::NewStub(channel_);
  connections_ = v1::ConnectionsService::NewStub(channel_);
  admin_ = v1::AdminService::NewStub(channel_);
}

void TestServer::Stop() { server_.reset(); }

void TestServer::Restart() {
  Stop();
  Start();
}

void TestServer::AddToken(const std::string& token, const std::vector<std::string>& scopes, const std::string& tenant,
                          absl::Time expiry) {
  Stop();
  {
    storage::RocksDbOptions options;
    options.directory = options_.data_dir + "/db";
    auto store = storage::OpenRocksDbStore(std::move(options));
    if (!store.ok()) Give(store.status());
    const std::string owner = tenant.empty() ? std::string(storage::keys::kPlatform) : tenant;
    const std::string digest = crypto::Sha256(token);
    const std::string id = "tok_" + crypto::Sha256Hex(token).substr(0, 16);
    storage::AccessTokenIdRecord record;
    record.set_digest(digest);
    record.mutable_access_token()->set_name((tenant.empty() ? "platform" : "tenants/" + tenant) + "/accessTokens/" +
                                            id);
    record.mutable_access_token()->set_display_name("test-token");
    for (const std::string& scope : scopes) record.mutable_access_token()->add_scopes(scope);
    if (expiry != absl::InfiniteFuture()) {
      record.mutable_access_token()->mutable_expire_time()->set_seconds(absl::ToUnixSeconds(expiry));
    }
    auto committed = storage::RunInTransaction(**store, [&](storage::Transaction& transaction) {
      storage::PutAccessToken(transaction, owner, id, record);
      return absl::OkStatus();
    });
    if (!committed.ok()) Give(committed.status());
  }
  Start();
}

v1::Tenant TestServer::UpdateTenant(const v1::Tenant& values, const std::vector<std::string>& paths) {
  v1::UpdateTenantRequest request;
  *request.mutable_tenant() = values;
  request.mutable_tenant()->set_name("tenants/default");
  for (const std::string& path : paths) request.mutable_update_mask()->add_paths(path);
  absl::StatusOr<v1::Tenant> tenant = Call(*admin_, &v1::AdminService::Stub::UpdateTenant, request);
  if (!tenant.ok()) Give(tenant.status());
  return *std::move(tenant);
}

}  // namespace cimd::testing
