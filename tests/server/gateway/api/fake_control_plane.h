#ifndef CIMD_TESTS_SERVER_GATEWAY_API_FAKE_CONTROL_PLANE_H_
#define CIMD_TESTS_SERVER_GATEWAY_API_FAKE_CONTROL_PLANE_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "cimd/v1/admin_service.grpc.pb.h"
#include "cimd/v1/connections_service.grpc.pb.h"
#include "cimd/v1/grants_service.grpc.pb.h"
#include "cimd/v1/metadata_service.grpc.pb.h"
#include "cimd/v1/registration_service.grpc.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/grpcpp.h"
#include "server/errors/status.h"

namespace cimd::testing {

// A call as the server received it.
struct ArrivedCall {
  std::string method;
  // Without the metadata that gRPC adds.
  std::map<std::string, std::string> metadata;
  absl::Time deadline;
};

// A method that returns the answers that the test sets and records all requests. Without an answer it fails with
// UNIMPLEMENTED. Thread-safe.
template <typename Request, typename Response>
class ScriptedMethod {
 public:
  using Answer = std::function<absl::StatusOr<Response>(const Request&)>;

  void Answers(absl::StatusOr<Response> answer) {
    AnswersBy([answer = std::move(answer)](const Request&) { return answer; });
  }
  void AnswersBy(Answer answer) {
    absl::MutexLock lock(&mu_);
    answer_ = std::move(answer);
  }
  std::vector<Request> requests() const {
    absl::MutexLock lock(&mu_);
    return requests_;
  }

  grpc::Status Run(const Request& request, Response& response) {
    Answer answer;
    {
      absl::MutexLock lock(&mu_);
      requests_.push_back(request);
      answer = answer_;
    }
    absl::StatusOr<Response> result =
        answer ? answer(request) : absl::UnimplementedError("the test did not expect this");
    if (result.ok()) response = *std::move(result);
    return rpc::ToGrpcStatus(result.status());
  }

 private:
  mutable absl::Mutex mu_;
  Answer answer_ ABSL_GUARDED_BY(mu_);
  std::vector<Request> requests_ ABSL_GUARDED_BY(mu_);
};

// A real gRPC server with answers that the test sets for every method, by default on a free port of loopback. Errors
// are sent like those of cimd-server. LookupTenant finds no tenant until the test sets an answer.
class FakeControlPlane {
 public:
  explicit FakeControlPlane(
      const std::shared_ptr<grpc::ServerCredentials>& credentials = grpc::InsecureServerCredentials(),
      const std::string& listen = "127.0.0.1:0");
  // Ends calls that are held.
  ~FakeControlPlane();

  const std::string& address() const { return address_; }
  // All calls so far.
  std::vector<ArrivedCall> calls() const;
  // The calls of one method, for example "GetClient".
  std::vector<ArrivedCall> calls(const std::string& method) const;

  // Holds every call of the method until it is cancelled. The other functions wait for these events.
  void Hold(const std::string& method);
  void WaitUntilHeld();
  void WaitUntilCancelled();

  // Stops answering, as if the process had ended.
  void Stop();

  ScriptedMethod<v1::PreviewClientRequest, v1::PreviewClientResponse> preview_client;
  ScriptedMethod<v1::RegisterClientRequest, v1::RegisterClientResponse> register_client;
  ScriptedMethod<v1::ListClientsRequest, v1::ListClientsResponse> list_clients;
  ScriptedMethod<v1::GetClientRequest, v1::Client> get_client;
  ScriptedMethod<v1::UpdateClientRequest, v1::Client> update_client;
  ScriptedMethod<v1::DeleteClientRequest, v1::DeleteClientResponse> delete_client;
  ScriptedMethod<v1::CreateResourceServerRequest, v1::ResourceServer> create_resource_server;
  ScriptedMethod<v1::GetResourceServerRequest, v1::ResourceServer> get_resource_server;
  ScriptedMethod<v1::LookupResourceServerRequest, v1::ResourceServer> lookup_resource_server;
  ScriptedMethod<v1::ListResourceServersRequest, v1::ListResourceServersResponse> list_resource_servers;
  ScriptedMethod<v1::UpdateResourceServerRequest, v1::ResourceServer> update_resource_server;
  ScriptedMethod<v1::DeleteResourceServerRequest, v1::DeleteResourceServerResponse> delete_resource_server;
  ScriptedMethod<v1::CreateClientGrantRequest, v1::ClientGrant> create_client_grant;
  ScriptedMethod<v1::GetClientGrantRequest, v1::ClientGrant> get_client_grant;
  ScriptedMethod<v1::ListClientGrantsRequest, v1::ListClientGrantsResponse> list_client_grants;
  ScriptedMethod<v1::UpdateClientGrantRequest, v1::ClientGrant> update_client_grant;
  ScriptedMethod<v1::DeleteClientGrantRequest, v1::DeleteClientGrantResponse> delete_client_grant;
  ScriptedMethod<v1::AuthorizeRequestRequest, v1::AuthorizeRequestResponse> authorize_request;
  ScriptedMethod<v1::AuthorizeTokenRequestRequest, v1::AuthorizeTokenRequestResponse> authorize_token_request;
  ScriptedMethod<v1::CreateConnectionRequest, v1::Connection> create_connection;
  ScriptedMethod<v1::GetConnectionRequest, v1::Connection> get_connection;
  ScriptedMethod<v1::ListConnectionsRequest, v1::ListConnectionsResponse> list_connections;
  ScriptedMethod<v1::UpdateConnectionRequest, v1::Connection> update_connection;
  ScriptedMethod<v1::DeleteConnectionRequest, v1::DeleteConnectionResponse> delete_connection;
  ScriptedMethod<v1::ListConnectionClientsRequest, v1::ListConnectionClientsResponse> list_connection_clients;
  ScriptedMethod<v1::UpdateConnectionClientsRequest, v1::UpdateConnectionClientsResponse> update_connection_clients;
  ScriptedMethod<v1::ListClientConnectionsRequest, v1::ListClientConnectionsResponse> list_client_connections;
  ScriptedMethod<v1::LookupTenantRequest, v1::Tenant> lookup_tenant;
  ScriptedMethod<v1::GetTenantRequest, v1::Tenant> get_tenant;
  ScriptedMethod<v1::UpdateTenantRequest, v1::Tenant> update_tenant;
  ScriptedMethod<v1::GetServerMetadataRequest, v1::ServerMetadata> get_server_metadata;
  ScriptedMethod<v1::GetClientKeysRequest, v1::ClientKeys> get_client_keys;
  ScriptedMethod<v1::VerifyClientAssertionRequest, v1::VerifyClientAssertionResponse> verify_client_assertion;
  ScriptedMethod<grpc::health::v1::HealthCheckRequest, grpc::health::v1::HealthCheckResponse> health_check;

 private:
  class HeldCall;
  class Services;

  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* Serve(const std::string& name, grpc::CallbackServerContext& context,
                                  ScriptedMethod<Request, Response>& method, const Request& request,
                                  Response& response) {
    if (grpc::ServerUnaryReactor* held = Arrive(name, context)) return held;
    grpc::ServerUnaryReactor* reactor = context.DefaultReactor();
    reactor->Finish(method.Run(request, response));
    return reactor;
  }
  // Records the call. Returns a reactor if the call is held, otherwise null.
  grpc::ServerUnaryReactor* Arrive(const std::string& name, const grpc::CallbackServerContext& context);

  mutable absl::Mutex mu_;
  std::vector<ArrivedCall> calls_ ABSL_GUARDED_BY(mu_);
  std::string held_method_ ABSL_GUARDED_BY(mu_);
  int held_ ABSL_GUARDED_BY(mu_) = 0;
  int cancelled_ ABSL_GUARDED_BY(mu_) = 0;
  std::unique_ptr<Services> services_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

}  // namespace cimd::testing

#endif  // CIMD_TESTS_SERVER_GATEWAY_API_FAKE_CONTROL_PLANE_H_
