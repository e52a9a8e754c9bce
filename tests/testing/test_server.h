#ifndef CIMD_TESTS_TESTING_TEST_SERVER_H_
#define CIMD_TESTS_TESTING_TEST_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cimd/v1/admin_service.grpc.pb.h"
#include "cimd/v1/connections_service.grpc.pb.h"
#include "cimd/v1/grants_service.grpc.pb.h"
#include "cimd/v1/metadata_service.grpc.pb.h"
#include "cimd/v1/registration_service.grpc.pb.h"
#include "client/status.h"
#include "grpcpp/grpcpp.h"
#include "server/options.h"
#include "server/rpc/clock.h"
#include "server/server.h"
#include "tests/testing/https_origin.h"
#include "tests/testing/temp_dir.h"

namespace cimd::testing {

// A real server in this process, on a free port, with a database in a temporary directory. Its tenant "default" accepts
// Client ID Metadata Documents. Tests call it over gRPC with the bootstrap token unless another token is set. Ends the
// test program if the server cannot be started.
class TestServer {
 public:
  // The server can fetch documents from `origins`. It reads the time from `clock`, or from the system clock if null.
  // The origins and the clock must outlive this object. `unreachable` lists "host:port" of hosts that fetches must not
  // reach, for tests of documents whose keys cannot be fetched. The constructor sets the addresses and paths in
  // `options`. There are no rate limits except those in `options`.
  explicit TestServer(std::vector<const HttpsOrigin*> origins = {}, const rpc::Clock* clock = nullptr,
                      const std::vector<std::string>& unreachable = {}, ServerOptions options = {});

  // Stops the server gracefully and starts it again on the same data directory.
  void Restart();
  // Stops the server gracefully.
  void Stop();

  // Runs one call: server.Call(server.registration(), &v1::RegistrationService::Stub::GetClient, request).
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(Stub& stub,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                                const Request& request) {
    grpc::ClientContext context;
    if (!token_.empty()) context.AddMetadata("authorization", "Bearer " + token_);
    Response response;
    grpc::Status status = (stub.*method)(&context, request, &response);
    if (!status.ok()) return client::FromGrpcStatus(status);
    return response;
  }

  v1::RegistrationService::Stub& registration() { return *registration_; }
  v1::MetadataService::Stub& metadata() { return *metadata_; }
  v1::GrantsService::Stub& grants() { return *grants_; }
  v1::ConnectionsService::Stub& connections() { return *connections_; }
  v1::AdminService::Stub& admin() { return *admin_; }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  const std::string& address() const { return server_->address(); }

  const std::string& token() const { return token_; }
  void set_token(std::string token) { token_ = std::move(token); }
  // Path of the file with the bootstrap token.
  std::string token_file() const { return options_.data_dir + "/admin-token"; }
  const std::string& data_dir() const { return options_.data_dir; }

  // Adds an access token to the store. Restarts the server.
  void AddToken(const std::string& token, const std::vector<std::string>& scopes, const std::string& tenant,
                absl::Time expiry = absl::InfiniteFuture());

  // Updates the settings of the default tenant.
  v1::Tenant UpdateTenant(const v1::Tenant& values, const std::vector<std::string>& paths);

 private:
  void Start();

  TempDir dir_;
  ServerOptions options_;
  const rpc::Clock* const clock_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::RegistrationService::Stub> registration_;
  std::unique_ptr<v1::MetadataService::Stub> metadata_;
  std::unique_ptr<v1::GrantsService::Stub> grants_;
  std::unique_ptr<v1::ConnectionsService::Stub> connections_;
  std::unique_ptr<v1::AdminService::Stub> admin_;
  std::string token_;
};

}  // namespace cimd::testing

#endif  // CIMD_TESTS_TESTING_TEST_SERVER_H_
