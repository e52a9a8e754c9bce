#ifndef CIMD_TESTS_INTEGRATION_SERVER_PROCESS_H_
#define CIMD_TESTS_INTEGRATION_SERVER_PROCESS_H_

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "cimd/v1/admin_service.grpc.pb.h"
#include "cimd/v1/registration_service.grpc.pb.h"
#include "client/connection.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/grpcpp.h"
#include "tests/testing/child_process.h"
#include "tests/testing/rate_limits.h"
#include "tests/testing/temp_dir.h"

namespace cimd::testing {

// A cimd-server process on a free port. Its data directory outlives it.
class ServerProcess {
 public:
  // `wrapper` is a command line prefix, for example "env NAME=VALUE".
  explicit ServerProcess(std::string data_dir, std::vector<std::string> more_options = {},
                         std::vector<std::string> wrapper = {})
      : data_dir_(std::move(data_dir)), address_file_(data_dir_ + ".address") {
    std::filesystem::remove(address_file_);
    std::vector<std::string> command = std::move(wrapper);
    command.insert(command.end(), {CIMD_SERVER_PROGRAM, "--data_dir=" + data_dir_, "--listen=127.0.0.1:0",
                                   "--address_file=" + address_file_, "--mode=development"});
    // No rate limits unless the test sets one.
    auto is_limit = [](const std::string& option) { return option.starts_with("--rate_limit"); };
    if (std::none_of(more_options.begin(), more_options.end(), is_limit)) {
      for (const std::string& limit : EveryRateLimit("0")) command.push_back("--rate_limit=" + limit);
    }
    command.insert(command.end(), more_options.begin(), more_options.end());
    process_ = std::make_unique<ChildProcess>(command, data_dir_ + ".log");
    address_ = WaitForLine(address_file_, *process_);
    std::ifstream(data_dir_ + "/admin-token") >> token_;
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    channel_ = grpc::CreateCustomChannel(address_, grpc::InsecureChannelCredentials(), arguments);
    registration_ = v1::RegistrationService::NewStub(channel_);
    admin_ = v1::AdminService::NewStub(channel_);
  }

  // Empty if the server did not start.
  const std::string& address() const { return address_; }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  ChildProcess& process() { return *process_; }
  v1::RegistrationService::Stub& registration() { return *registration_; }

  // The bootstrap token.
  const std::string& token() const { return token_; }
  // Sets the token for a data directory that was made from another server's.
  void set_token(std::string token) { token_ = std::move(token); }

  // Returns a client without retries.
  std::unique_ptr<client::Connection> Connect() const {
    auto connection =
        client::Connection::Create({.address = address_, .access_token = token_, .retry = {.max_attempts = 1}});
    return connection.ok() ? *std::move(connection) : nullptr;
  }

  // Returns the health of the whole server ("") or of one of its services.
  grpc::health::v1::HealthCheckResponse::ServingStatus Health(const std::string& service) const {
    grpc::ClientContext context;
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(service);
    grpc::health::v1::HealthCheckResponse response;
    grpc::health::v1::Health::NewStub(channel_)->Check(&context, request, &response);
    return response.status();
  }

  void Authenticate(grpc::ClientContext& context) const { context.AddMetadata("authorization", "Bearer " + token_); }

  std::string log() const {
    std::ostringstream content;
    content << std::ifstream(data_dir_ + ".log").rdbuf();
    return content.str();
  }

  // Enables Client ID Metadata Documents in the default tenant.
  bool EnableCimd() {
    grpc::ClientContext context;
    Authenticate(context);
    v1::UpdateTenantRequest request;
    request.mutable_tenant()->set_name("tenants/default");
    request.mutable_tenant()->set_client_id_metadata_document_supported(true);
    request.mutable_update_mask()->add_paths("client_id_metadata_document_supported");
    v1::Tenant tenant;
    return admin_->UpdateTenant(&context, request, &tenant).ok();
  }

 private:
  const std::string data_dir_;
  const std::string address_file_;
  std::unique_ptr<ChildProcess> process_;
  std::string address_;
  std::string token_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::RegistrationService::Stub> registration_;
  std::unique_ptr<v1::AdminService::Stub> admin_;
};

}  // namespace cimd::testing

#endif  // CIMD_TESTS_INTEGRATION_SERVER_PROCESS_H_
