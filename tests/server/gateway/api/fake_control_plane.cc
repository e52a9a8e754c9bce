#include "tests/server/gateway/api/fake_control_plane.h"

#include <chrono>

#include "fmt/format.h"
#include "server/rpc/errors.h"

namespace cimd::testing {

#define CIMD_SCRIPTED(Name, Request, Response, member)                                                       \
  grpc::ServerUnaryReactor* Name(grpc::CallbackServerContext* context, const Request* request, Response* response) \
      override {                                                                                             \
    return plane_.Serve(#Name, *context, plane_.member, *request, *response);                                \
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
  explicit Services(FakeControlPlane& plane) : registration(plane), metadata(plane), admin(plane), health(plane) {}

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

  class Metadata final : public v1::MetadataService::CallbackService {
   public:
    explicit Metadata(FakeControlPlane& plane) : plane_(plane) {}
    CIMD_SCRIPTED(GetServerMetadata, v1::GetServerMetadataRequest, v1::ServerMetadata, get_server_metadata)

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

FakeControlPlane::FakeControlPlane() : services_(std::make_unique<Services>(*this)) {
  lookup_tenant.AnswersBy([](const v1::LookupTenantRequest& request) {
    return rpc::errors::DomainNotFound(request.domain(), request.issuer_path());
  });
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&services_->registration);
  builder.RegisterService(&services_->metadata);
  builder.RegisterService(&services_->admin);
  builder.RegisterService(&services_->health);
  server_ = builder.BuildAndStart();
  address_ = fmt::format("127.0.0.1:{}", port);
}

FakeControlPlane::~FakeControlPlane() { Stop(); }

void FakeControlPlane::Stop() {
  if (server_ == nullptr) return;
  // Cancels what is still under way, so that calls that are held end.
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
  mu_.Await(absl::Condition(+[](int* held) { return *held > 0; }, &held_));
}

void FakeControlPlane::WaitUntilCancelled() {
  absl::MutexLock lock(&mu_);
  mu_.Await(absl::Condition(+[](int* cancelled) { return *cancelled > 0; }, &cancelled_));
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
