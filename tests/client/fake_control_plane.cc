#include "tests/client/fake_control_plane.h"

#include <cstdlib>

#include "cimd/v1/admin_service.grpc.pb.h"
#include "cimd/v1/connections_service.grpc.pb.h"
#include "cimd/v1/grants_service.grpc.pb.h"
#include "cimd/v1/metadata_service.grpc.pb.h"
#include "cimd/v1/registration_service.grpc.pb.h"
#include "server/errors/status.h"

namespace cimd::testing {

using grpc::ServerContext;
using grpc::Status;

// Implements a method of a service with the answer that the test has set for its request type.
#define CIMD_FAKED(Name, Response)                                                                         \
  Status Name(ServerContext* context, const v1::Name##Request* request, v1::Response* response) override { \
    return fake_.Serve(*context, *request, *response);                                                     \
  }

class FakeControlPlane::Services {
 public:
  explicit Services(FakeControlPlane& fake)
      : admin(fake), connections(fake), grants(fake), metadata(fake), registration(fake) {}

  class Admin final : public v1::AdminService::Service {
   public:
    explicit Admin(FakeControlPlane& fake) : fake_(fake) {}
    CIMD_FAKED(CreateTenant, Tenant)
    CIMD_FAKED(GetTenant, Tenant)
    CIMD_FAKED(LookupTenant, Tenant)
    CIMD_FAKED(ListTenants, ListTenantsResponse)
    CIMD_FAKED(UpdateTenant, Tenant)
    CIMD_FAKED(DeleteTenant, DeleteTenantResponse)
    CIMD_FAKED(CreateAccessToken, CreateAccessTokenResponse)
    CIMD_FAKED(GetAccessToken, AccessToken)
    CIMD_FAKED(ListAccessTokens, ListAccessTokensResponse)
    CIMD_FAKED(RevokeAccessToken, AccessToken)
    CIMD_FAKED(GetAuditEvent, AuditEvent)
    CIMD_FAKED(ListAuditEvents, ListAuditEventsResponse)
    CIMD_FAKED(VerifyAuditLog, VerifyAuditLogResponse)
    CIMD_FAKED(GetServerStatus, ServerStatus)
    CIMD_FAKED(CheckStore, CheckStoreResponse)
    CIMD_FAKED(CreateBackup, Backup)

   private:
    FakeControlPlane& fake_;
  };

  class Connections final : public v1::ConnectionsService::Service {
   public:
    explicit Connections(FakeControlPlane& fake) : fake_(fake) {}
    CIMD_FAKED(CreateConnection, Connection)
    CIMD_FAKED(GetConnection, Connection)
    CIMD_FAKED(ListConnections, ListConnectionsResponse)
    CIMD_FAKED(UpdateConnection, Connection)
    CIMD_FAKED(DeleteConnection, DeleteConnectionResponse)
    CIMD_FAKED(ListConnectionClients, ListConnectionClientsResponse)
    CIMD_FAKED(UpdateConnectionClients, UpdateConnectionClientsResponse)
    CIMD_FAKED(ListClientConnections, ListClientConnectionsResponse)

   private:
    FakeControlPlane& fake_;
  };

  class Grants final : public v1::GrantsService::Service {
   public:
    explicit Grants(FakeControlPlane& fake) : fake_(fake) {}
    CIMD_FAKED(CreateResourceServer, ResourceServer)
    CIMD_FAKED(GetResourceServer, ResourceServer)
    CIMD_FAKED(LookupResourceServer, ResourceServer)
    CIMD_FAKED(ListResourceServers, ListResourceServersResponse)
    CIMD_FAKED(UpdateResourceServer, ResourceServer)
    CIMD_FAKED(DeleteResourceServer, DeleteResourceServerResponse)
    CIMD_FAKED(CreateClientGrant, ClientGrant)
    CIMD_FAKED(GetClientGrant, ClientGrant)
    CIMD_FAKED(ListClientGrants, ListClientGrantsResponse)
    CIMD_FAKED(UpdateClientGrant, ClientGrant)
    CIMD_FAKED(DeleteClientGrant, DeleteClientGrantResponse)
    CIMD_FAKED(AuthorizeRequest, AuthorizeRequestResponse)
    CIMD_FAKED(AuthorizeTokenRequest, AuthorizeTokenRequestResponse)
    CIMD_FAKED(BatchAuthorize, BatchAuthorizeResponse)

   private:
    FakeControlPlane& fake_;
  };

  class Metadata final : public v1::MetadataService::Service {
   public:
    explicit Metadata(FakeControlPlane& fake) : fake_(fake) {}
    CIMD_FAKED(PreviewRefresh, PreviewRefreshResponse)
    CIMD_FAKED(RefreshClient, RefreshClientResponse)
    CIMD_FAKED(GetDocument, MetadataDocument)
    CIMD_FAKED(ListDocuments, ListDocumentsResponse)
    CIMD_FAKED(PinDocument, Client)
    CIMD_FAKED(UnpinDocument, Client)
    CIMD_FAKED(GetClientKeys, ClientKeys)
    CIMD_FAKED(RefreshClientKeys, RefreshClientKeysResponse)
    CIMD_FAKED(VerifyClientAssertion, VerifyClientAssertionResponse)
    CIMD_FAKED(GetServerMetadata, ServerMetadata)

   private:
    FakeControlPlane& fake_;
  };

  class Registration final : public v1::RegistrationService::Service {
   public:
    explicit Registration(FakeControlPlane& fake) : fake_(fake) {}
    CIMD_FAKED(PreviewClient, PreviewClientResponse)
    CIMD_FAKED(RegisterClient, RegisterClientResponse)
    CIMD_FAKED(GetClient, Client)
    CIMD_FAKED(LookupClient, Client)
    CIMD_FAKED(ListClients, ListClientsResponse)
    CIMD_FAKED(UpdateClient, Client)
    CIMD_FAKED(DeleteClient, DeleteClientResponse)
    CIMD_FAKED(BlockClient, ClientBlock)
    CIMD_FAKED(UnblockClient, UnblockClientResponse)
    CIMD_FAKED(ListClientBlocks, ListClientBlocksResponse)

    // Sends a checkpoint and the one message that the test has set, then ends the stream.
    Status WatchClients(ServerContext* context, const v1::WatchClientsRequest* request,
                        grpc::ServerWriter<v1::WatchClientsResponse>* writer) override {
      v1::WatchClientsResponse checkpoint;
      checkpoint.set_cursor("checkpoint");
      v1::WatchClientsResponse message;
      const Status status = fake_.Serve(*context, *request, message);
      if (status.ok()) {
        writer->Write(checkpoint);
        writer->Write(message);
      }
      return status;
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

#undef CIMD_FAKED

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

std::vector<std::string> FakeControlPlane::traceparents() const {
  absl::MutexLock lock(&mutex_);
  return traceparents_;
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
    auto trace = context.client_metadata().find("traceparent");
    if (trace != context.client_metadata().end()) {
      traceparents_.emplace_back(trace->second.data(), trace->second.size());
    }
    received_[request.GetTypeName()].push_back(request.SerializeAsString());
    if (auto found = handlers_.find(request.GetTypeName()); found != handlers_.end()) handler = found->second;
  }
  if (handler == nullptr) return Status(grpc::StatusCode::UNIMPLEMENTED, "the test wrote no answer for this");
  return rpc::ToGrpcStatus((*handler)(request, response));
}

}  // namespace cimd::testing
