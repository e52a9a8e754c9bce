#include "tests/server/gateway/api/fake_control_plane.h"

#include <chrono>

#include "fmt/format.h"
#include "server/errors/errors.h"

namespace cimd::testing {

#define CIMD_SCRIPTED(Name, Request, Response, member)                                                             \
  grpc::ServerUnaryReactor* Name(grpc::CallbackServerContext* context, const Request* request, Response* response) \
      override {                                                                                                   \
    return plane_.Serve(#Name, *context, plane_.member, *request, *response);                                      \
  }

class FakeControlPlane::HeldCall final : public grpc::ServerUnaryReactor {
 public:
  explicit HeldCall(FakeControlPlane& plane) : plane_(plane) {}

  void OnCancel() override {
    {
      absl::MutexLock lock(&plane_.mu_);
      ++plane_.cancelled_;
    }
    Finish(grpc::Status::CANCELLED);
  }
  void OnDone() override { delete this; }

 private:
  FakeControlPlane& plane_;
};

class FakeControlPlane::Services {
 public:
  explicit Services(FakeControlPlane& plane)
      : registration(plane), grants(plane), connections(plane), metadata(plane), admin(plane), health(plane) {}

  class Registration final : public v1::RegistrationService::CallbackService {
   public:
    explicit Registration(FakeControlPlane& plane) : plane_(plane) {}
    CIMD_SCRIPTED(PreviewClient, v1::PreviewClientRequest, v1::PreviewClientResponse, preview_client)
    CIMD_SCRIPTED(RegisterClient, v1::RegisterClientRequest, v1::RegisterClientResponse, register_client)
    CIMD_SCRIPTED(ListClients, v1::ListClientsRequest, v1::ListClientsResponse, list_clients)
    CIMD_SCRIPTED(GetClient, v1::GetClientRequest, v1::Client, get_client)
    CIMD_SCRIPTED(UpdateClient, v1::UpdateClientRequest, v1::Client, update_client)
    CIMD_SCRIPTED(DeleteClient, v1::DeleteClientRequest, v1::DeleteClientResponse, delete_client)

   private:
    FakeControlPlane& plane_;
  } registration;

  class Grants final : public v1::GrantsService::CallbackService {
   public:
    explicit Grants(FakeControlPlane& plane) : plane_(plane) {}
    CIMD_SCRIPTED(CreateResourceServer, v1::CreateResourceServerRequest, v1::ResourceServer, create_resource_server)
    CIMD_SCRIPTED(GetResourceServer, v1::GetResourceServerRequest, v1::ResourceServer, get_resource_server)
    CIMD_SCRIPTED(LookupResourceServer, v1::LookupResourceServerRequest, v1::ResourceServer, lookup_resource_server)
    CIMD_SCRIPTED(ListResourceServers, v1::ListResourceServersRequest, v1::ListResourceServersResponse,
                  list_resource_servers)
    CIMD_SCRIPTED(UpdateResourceServer, v1::UpdateResourceServerRequest, v1::ResourceServer, update_resource_server)
    CIMD_SCRIPTED(DeleteResourceServer, v1::DeleteResourceServerRequest, v1::DeleteResourceServerResponse,
                  delete_resource_server)
    CIMD_SCRIPTED(CreateClientGrant, v1::CreateClientGrantRequest, v1::ClientGrant, create_client_grant)
    CIMD_SCRIPTED(GetClientGrant, v1::GetClientGrantRequest, v1::ClientGrant, get_client_grant)
    CIMD_SCRIPTED(ListClientGrants, v1::ListClientGrantsRequest, v1::ListClientGrantsResponse, list_client_grants)
    CIMD_SCRIPTED(UpdateClientGrant, v1::UpdateClientGrantRequest, v1::ClientGrant, update_client_grant)
    CIMD_SCRIPTED(DeleteClientGrant, v1::DeleteClientGrantRequest, v1::DeleteClientGrantResponse, delete_client_grant)
    CIMD_SCRIPTED(AuthorizeRequest, v1::AuthorizeRequestRequest, v1::AuthorizeRequestResponse, authorize_request)
    CIMD_SCRIPTED(AuthorizeTokenRequest, v1::AuthorizeTokenRequestRequest, v1::AuthorizeTokenRequestResponse,
                  authorize_token_request)

   private:
    FakeControlPlane& plane_;
  } grants;

  class Connections final : public v1::ConnectionsService::CallbackService {
   public:
    explicit Connections(FakeControlPlane& plane) : plane_(plane) {}
    CIMD_SCRIPTED(CreateConnection, v1::CreateConnectionRequest, v1::Connection, create_connection)
    CIMD_SCRIPTED(GetConnection, v1::GetConnectionRequest, v1::Connection, get_connection)
    CIMD_SCRIPTED(ListConnections, v1::ListConnectionsRequest, v1::ListConnectionsResponse, list_connections)
    CIMD_SCRIPTED(UpdateConnection, v1::UpdateConnectionRequest, v1::Connection, update_connection)
    CIMD_SCRIPTED(DeleteConnection, v1::DeleteConnectionRequest, v1::DeleteConnectionResponse, delete_connection)
    CIMD_SCRIPTED(ListConnectionClients, v1::ListConnectionClientsRequest, v1::ListConnectionClientsResponse,
                  list_connection_clients)
    CIMD_SCRIPTED(UpdateConnectionClients, v1::UpdateConnectionClientsRequest, v1::UpdateConnectionClientsResponse,
                  update_connection_clients)
    CIMD_SCRIPTED(ListClientConnections, v1::ListClientConnectionsRequest, v1::ListClientConnectionsResponse,
                  list_client_connections)

   private:
    FakeControlPlane& plane_;
  } connections;

  class Metadata final : public v1::MetadataService::CallbackService {
   public:
    explicit Metadata(FakeControlPlane& plane) : plane_(plane) {}
    CIMD_SCRIPTED(GetServerMetadata, v1::GetServerMetadataRequest, v1::ServerMetadata, get_server_metadata)
    CIMD_SCRIPTED(GetClientKeys, v1::GetClientKeysRequest, v1::ClientKeys, get_client_keys)
    CIMD_SCRIPTED(VerifyClientAssertion, v1::VerifyClientAssertionRequest, v1::VerifyClientAssertionResponse,
                  verify_client_assertion)

   private:
    FakeControlPlane& plane_;
  } metadata;

  class Admin final : public v1::AdminService::CallbackService {
   public:
    explicit Admin(FakeControlPlane& plane) : plane_(plane) {}
    CIMD_SCRIPTED(LookupTenant, v1::LookupTenantRequest, v1::Tenant, lookup_tenant)
    CIMD_SCRIPTED(GetTenant, v1::GetTenantRequest, v1::Tenant, get_tenant)
    CIMD_SCRIPTED(UpdateTenant, v1::UpdateTenantRequest, v1::Tenant, update_tenant)

   private:
    FakeControlPlane& plane_;
  } admin;

  class Health final : public grpc::health::v1::Health::CallbackService {
   public:
    explicit Health(FakeControlPlane& plane) : plane_(plane) {}
    CIMD_SCRIPTED(Check, grpc::health::v1::HealthCheckRequest, grpc::health::v1::HealthCheckResponse, health_check)

   private:
    FakeControlPlane& plane_;
  } health;
};

#undef CIMD_SCRIPTED

FakeControlPlane::FakeControlPlane(const std::shared_ptr<grpc::ServerCredentials>& credentials,
                                   const std::string& listen)
    : services_(std::make_unique<Services>(*this)) {
  lookup_tenant.AnswersBy([](const v1::LookupTenantRequest& request) {
    return rpc::errors::DomainNotFound(request.domain(), request.issuer_path());
  });
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(listen, credentials, &port);
  builder.RegisterService(&services_->registration);
  builder.RegisterService(&services_->grants);
  builder.RegisterService(&services_->connections);
  builder.RegisterService(&services_->metadata);
  builder.RegisterService(&services_->admin);
  builder.RegisterService(&services_->health);
  server_ = builder.BuildAndStart();
  address_ = listen.starts_with("unix:") ? listen : fmt::format("127.0.0.1:{}", port);
}

FakeControlPlane::~FakeControlPlane() { Stop(); }

void FakeControlPlane::Stop() {
  if (server_ == nullptr) return;
  // Cancel the calls in progress, so that calls that are held end.
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
  server_.reset();
}

std::vector<ArrivedCall> FakeControlPlane::calls() const {
  absl::MutexLock lock(&mu_);
  return calls_;
}

std::vector<ArrivedCall> FakeControlPlane::calls(const std::string& method) const {
  std::vector<ArrivedCall> found;
  for (ArrivedCall& call : calls()) {
    if (call.method == method) found.push_back(std::move(call));
  }
  return found;
}

void FakeControlPlane::Hold(const std::string& method) {
  absl::MutexLock lock(&mu_);
  held_method_ = method;
}

void FakeControlPlane::WaitUntilHeld() {
  absl::MutexLock lock(&mu_);
  mu_.Await(absl::Condition(
      +[](int* held) { return *held > 0; }, &held_));
}

void FakeControlPlane::WaitUntilCancelled() {
  absl::MutexLock lock(&mu_);
  mu_.Await(absl::Condition(
      +[](int* cancelled) { return *cancelled > 0; }, &cancelled_));
}

grpc::ServerUnaryReactor* FakeControlPlane::Arrive(const std::string& name,
                                                   const grpc::CallbackServerContext& context) {
  ArrivedCall call{.method = name, .deadline = absl::FromChrono(context.deadline())};
  for (const auto& [key, value] : context.client_metadata()) {
    const std::string metadata_name(key.data(), key.size());
    if (metadata_name != "user-agent") call.metadata.emplace(metadata_name, std::string(value.data(), value.size()));
  }
  absl::MutexLock lock(&mu_);
  calls_.push_back(std::move(call));
  if (held_method_ != name) return nullptr;
  ++held_;
  return new HeldCall(*this);
}

}  // namespace cimd::testing
