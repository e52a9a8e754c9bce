#include "server/gateway/backend/backend.h"

#include <optional>

namespace cimd::gateway {

Backend::Backend(const std::shared_ptr<grpc::Channel>& channel, CallObserver observer)
    : stubs_(v1::AdminService::NewStub(channel), v1::ConnectionsService::NewStub(channel),
             v1::GrantsService::NewStub(channel), v1::MetadataService::NewStub(channel),
             v1::RegistrationService::NewStub(channel), grpc::health::v1::Health::NewStub(channel)),
      observer_(std::move(observer)) {}

std::string Backend::FindMethod(const std::string& service, const google::protobuf::Descriptor& request) {
  const auto* descriptor = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(service);
  for (int i = 0; i < descriptor->method_count(); ++i) {
    if (descriptor->method(i)->input_type() == &request) return service + "/" + descriptor->method(i)->name();
  }
  return service;
}

Backend::~Backend() {
  absl::MutexLock lock(&mu_);
  const auto nothing_pending = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return pending_ == 0; };
  mu_.Await(absl::Condition(&nothing_pending));
}

Backend::Ticket::Ticket(Backend& backend) : backend_(backend) {
  absl::MutexLock lock(&backend_.mu_);
  ++backend_.pending_;
}

Backend::Ticket::~Ticket() {
  absl::MutexLock lock(&backend_.mu_);
  --backend_.pending_;
}

Backend::PendingCall::PendingCall(Backend& backend, const CallContext& how) : ticket(backend), caller(how.caller) {
  if (caller != nullptr) context.AddMetadata("x-ratelimit", "tell");
  for (const auto& [name, value] : how.metadata) context.AddMetadata(name, value);
  if (how.deadline != absl::InfiniteFuture()) context.set_deadline(absl::ToChronoTime(how.deadline));
}

void Backend::PendingCall::ReadCallerFacts() {
  if (caller == nullptr) return;
  const auto& metadata = context.GetServerInitialMetadata();
  const auto read = [&metadata](const char* key) -> std::optional<std::string> {
    const auto value = metadata.find(key);
    if (value == metadata.end()) return std::nullopt;
    return std::string(value->second.data(), value->second.size());
  };
  caller->rate_limit.clear();
  for (const auto& [key, name] : {std::pair("x-ratelimit-limit", "X-RateLimit-Limit"),
                                  std::pair("x-ratelimit-remaining", "X-RateLimit-Remaining"),
                                  std::pair("x-ratelimit-reset", "X-RateLimit-Reset")}) {
    if (std::optional<std::string> value = read(key)) caller->rate_limit.emplace_back(name, *std::move(value));
  }
  if (std::optional<std::string> tenant = read("x-cimd-tenant")) caller->tenant = *std::move(tenant);
}

void Backend::CancelWith(const CallContext& how, const std::weak_ptr<PendingCall>& pending) {
  if (how.cancellation == nullptr) return;
  how.cancellation->OnCancel([pending] {
    if (std::shared_ptr<PendingCall> call = pending.lock()) call->context.TryCancel();
  });
}

}  // namespace cimd::gateway
