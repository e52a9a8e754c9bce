#include "server/gateway/backend.h"

namespace cimd::gateway {

Backend::Backend(const std::shared_ptr<grpc::Channel>& channel)
    : stubs_(v1::AdminService::NewStub(channel), v1::ConnectionsService::NewStub(channel),
             v1::GrantsService::NewStub(channel), v1::MetadataService::NewStub(channel),
             v1::RegistrationService::NewStub(channel), grpc::health::v1::Health::NewStub(channel)) {}

Backend::~Backend() {
  absl::MutexLock lock(&mu_);
  mu_.Await(absl::Condition(
      +[](int* pending) { return *pending == 0; }, &pending_));
}

Backend::Ticket::Ticket(Backend& backend) : backend_(backend) {
  absl::MutexLock lock(&backend_.mu_);
  ++backend_.pending_;
}

Backend::Ticket::~Ticket() {
  absl::MutexLock lock(&backend_.mu_);
  --backend_.pending_;
}

Backend::PendingCall::PendingCall(Backend& backend, const CallContext& how) : ticket(backend) {
  for (const auto& [name, value] : how.metadata) context.AddMetadata(name, value);
  if (how.deadline != absl::InfiniteFuture()) context.set_deadline(absl::ToChronoTime(how.deadline));
}

void Backend::CancelWith(const CallContext& how, const std::weak_ptr<PendingCall>& pending) {
  if (how.cancellation == nullptr) return;
  how.cancellation->OnCancel([pending] {
    if (std::shared_ptr<PendingCall> call = pending.lock()) call->context.TryCancel();
  });
}

}  // namespace cimd::gateway
