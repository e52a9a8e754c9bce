#include "tests/client/fake_control_plane.h"

#include <cstdlib>

#include "cimd/v1/admin_service.grpc.pb.h"
#include "cimd/v1/connections_service.grpc.pb.h"
#include "cimd/v1/grants_service.grpc.pb.h"
#include "cimd/v1/metadata_service.grpc.pb.h"
#include "cimd/v1/registration_service.grpc.pb.h"
#include "server/rpc/status.h"

namespace cimd::testing {

using grpc::ServerContext;
using grpc::Status;

class FakeControlPlane::Services {
 public:
  explicit Services(FakeControlPlane& fake)
      : admin(fake), connections(fake), grants(fake), metadata(fake), registration(fake) {}

  class Admin final : public v1::AdminService::Service {
   public:
    explicit Admin(FakeControlPlane& fake) : fake_(fake) {}

    Status CreateTenant(ServerContext* context, const v1::CreateTenantRequest* request, v1::Tenant* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status GetTenant(ServerContext* context, const v1::GetTenantRequest* request, v1::Tenant* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status LookupTenant(ServerContext* context, const v1::LookupTenantRequest* request, v1::Tenant* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status ListTenants(ServerContext* context, const v1::ListTenantsRequest* request,
                       v1::ListTenantsResponse* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status UpdateTenant(ServerContext* context, const v1::UpdateTenantRequest* request, v1::Tenant* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status DeleteTenant(ServerContext* context, const v1::DeleteTenantRequest* request,
                        v1::DeleteTenantResponse* response) override {
      return fake_.Serve(*context, *request, *response);
    }

   private:
    FakeControlPlane& fake_;
  };

  class Connections final : public v1::ConnectionsService::Service {
   public:
    explicit Connections(FakeControlPlane& fake) : fake_(fake) {}

    Status CreateConnection(ServerContext* context, const v1::CreateConnectionRequest* request,
                            v1::Connection* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status GetConnection(ServerContext* context, const v1::GetConnectionRequest* request,
                         v1::Connection* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status ListConnections(ServerContext* context, const v1::ListConnectionsRequest* request,
                           v1::ListConnectionsResponse* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status UpdateConnection(ServerContext* context, const v1::UpdateConnectionRequest* request,
                            v1::Connection* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status DeleteConnection(ServerContext* context, const v1::DeleteConnectionRequest* request,
                            v1::DeleteConnectionResponse* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status ListConnectionClients(ServerContext* context, const v1::ListConnectionClientsRequest* request,
                                 v1::ListConnectionClientsResponse* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status UpdateConnectionClients(ServerContext* context, const v1::UpdateConnectionClientsRequest* request,
                                   v1::UpdateConnectionClientsResponse* response) override {
      return fake_.Serve(*context, *request, *response);
    }

   private:
    FakeControlPlane& fake_;
  };

  class Grants final : public v1::GrantsService::Service {
   public:
    explicit Grants(FakeControlPlane& fake) : fake_(fake) {}

    Status CreateResourceServer(ServerContext* context, const v1::CreateResourceServerRequest* request,
                                v1::ResourceServer* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status GetResourceServer(ServerContext* context, const v1::GetResourceServerRequest* request,
                             v1::ResourceServer* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status LookupResourceServer(ServerContext* context, const v1::LookupResourceServerRequest* request,
                                v1::ResourceServer* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status ListResourceServers(ServerContext* context, const v1::ListResourceServersRequest* request,
                               v1::ListResourceServersResponse* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status UpdateResourceServer(ServerContext* context, const v1::UpdateResourceServerRequest* request,
                                v1::ResourceServer* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status DeleteResourceServer(ServerContext* context, const v1::DeleteResourceServerRequest* request,
                                v1::DeleteResourceServerResponse* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status CreateClientGrant(ServerContext* context, const v1::CreateClientGrantRequest* request,
                             v1::ClientGrant* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status GetClientGrant(ServerContext* context, const v1::GetClientGrantRequest* request,
                          v1::ClientGrant* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status ListClientGrants(ServerContext* context, const v1::ListClientGrantsRequest* request,
                            v1::ListClientGrantsResponse* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status UpdateClientGrant(ServerContext* context, const v1::UpdateClientGrantRequest* request,
                             v1::ClientGrant* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status DeleteClientGrant(ServerContext* context, const v1::DeleteClientGrantRequest* request,
                             v1::DeleteClientGrantResponse* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status AuthorizeRequest(ServerContext* context, const v1::AuthorizeRequestRequest* request,
                            v1::AuthorizeRequestResponse* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status AuthorizeTokenRequest(ServerContext* context, const v1::AuthorizeTokenRequestRequest* request,
                                 v1::AuthorizeTokenRequestResponse* response) override {
      return fake_.Serve(*context, *request, *response);
    }

   private:
    FakeControlPlane& fake_;
  };

  class Metadata final : public v1::MetadataService::Service {
   public:
    explicit Metadata(FakeControlPlane& fake) : fake_(fake) {}

    Status PreviewRefresh(ServerContext* context, const v1::PreviewRefreshRequest* request,
                          v1::PreviewRefreshResponse* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status RefreshClient(ServerContext* context, const v1::RefreshClientRequest* request,
                         v1::RefreshClientResponse* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status GetDocument(ServerContext* context, const v1::GetDocumentRequest* request,
                       v1::MetadataDocument* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status ListDocuments(ServerContext* context, const v1::ListDocumentsRequest* request,
                         v1::ListDocumentsResponse* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status PinDocument(ServerContext* context, const v1::PinDocumentRequest* request, v1::Client* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status UnpinDocument(ServerContext* context, const v1::UnpinDocumentRequest* request,
                         v1::Client* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status GetServerMetadata(ServerContext* context, const v1::GetServerMetadataRequest* request,
                             v1::ServerMetadata* response) override {
      return fake_.Serve(*context, *request, *response);
    }

   private:
    FakeControlPlane& fake_;
  };

  class Registration final : public v1::RegistrationService::Service {
   public:
    explicit Registration(FakeControlPlane& fake) : fake_(fake) {}

    Status PreviewClient(ServerContext* context, const v1::PreviewClientRequest* request,
                         v1::PreviewClientResponse* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status RegisterClient(ServerContext* context, const v1::RegisterClientRequest* request,
                          v1::RegisterClientResponse* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status GetClient(ServerContext* context, const v1::GetClientRequest* request, v1::Client* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status LookupClient(ServerContext* context, const v1::LookupClientRequest* request, v1::Client* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status ListClients(ServerContext* context, const v1::ListClientsRequest* request,
                       v1::ListClientsResponse* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status UpdateClient(ServerContext* context, const v1::UpdateClientRequest* request, v1::Client* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status DeleteClient(ServerContext* context, const v1::DeleteClientRequest* request,
                        v1::DeleteClientResponse* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status BlockClient(ServerContext* context, const v1::BlockClientRequest* request,
                       v1::ClientBlock* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status UnblockClient(ServerContext* context, const v1::UnblockClientRequest* request,
                         v1::UnblockClientResponse* response) override {
      return fake_.Serve(*context, *request, *response);
    }
    Status ListClientBlocks(ServerContext* context, const v1::ListClientBlocksRequest* request,
                            v1::ListClientBlocksResponse* response) override {
      return fake_.Serve(*context, *request, *response);
    }

   private:
    FakeControlPlane& fake_;
  };

  Admin admin;
  Connections connections;
  Grants grants;
  Metadata metadata;
  Registration registration;
};

FakeControlPlane::FakeControlPlane(const std::shared_ptr<grpc::ServerCredentials>& credentials)
    : services_(std::make_unique<Services>(*this)) {
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", credentials, &port);
  builder.RegisterService(&services_->admin);
  builder.RegisterService(&services_->connections);
  builder.RegisterService(&services_->grants);
  builder.RegisterService(&services_->metadata);
  builder.RegisterService(&services_->registration);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port == 0) std::abort();
  address_ = "127.0.0.1:" + std::to_string(port);
}

FakeControlPlane::~FakeControlPlane() { server_->Shutdown(); }

std::vector<std::string> FakeControlPlane::authorizations() const {
  absl::MutexLock lock(&mutex_);
  return authorizations_;
}

const std::vector<std::string>& FakeControlPlane::Find(const std::string& type) const {
  static const std::vector<std::string> kNone;
  auto found = received_.find(type);
  return found == received_.end() ? kNone : found->second;
}

Status FakeControlPlane::Serve(ServerContext& context, const google::protobuf::Message& request,
                               google::protobuf::Message& response) {
  std::shared_ptr<const Handler> handler;
  {
    absl::MutexLock lock(&mutex_);
    auto authorization = context.client_metadata().find("authorization");
    authorizations_.push_back(authorization == context.client_metadata().end()
                                  ? ""
                                  : std::string(authorization->second.data(), authorization->second.size()));
    received_[request.GetTypeName()].push_back(request.SerializeAsString());
    if (auto found = handlers_.find(request.GetTypeName()); found != handlers_.end()) handler = found->second;
  }
  if (handler == nullptr) return Status(grpc::StatusCode::UNIMPLEMENTED, "the test wrote no answer for this");
  return rpc::ToGrpcStatus((*handler)(request, response));
}

}  // namespace cimd::testing
