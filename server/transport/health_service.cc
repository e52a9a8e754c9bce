#include "server/transport/health_service.h"

#include <string>
#include <utility>
#include <vector>

#include "grpcpp/support/server_callback.h"

namespace cimd {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

// One stream. Writes one status at a time and keeps only the newest one meanwhile. Deletes itself in OnDone.
class HealthService::Watcher final : public grpc::ServerWriteReactor<HealthCheckResponse> {
 public:
  Watcher(HealthService& service, std::string name) : service_(service), name_(std::move(name)) {}

  // The name of the service that it watches.
  const std::string& name() const { return name_; }

  void Notify(HealthCheckResponse::ServingStatus status) {
    absl::MutexLock lock(&mutex_);
    if (finished_) return;
    next_ = status;
    pending_ = true;
    WriteNext();
  }

  void End(grpc::Status status = grpc::Status::OK) {
    absl::MutexLock lock(&mutex_);
    ending_ = true;
    status_ = std::move(status);
    if (!writing_) FinishOnce();
  }

  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    if (!ok) return FinishOnce();
    WriteNext();
    if (ending_ && !writing_) FinishOnce();
  }

  void OnCancel() override {
    absl::MutexLock lock(&mutex_);
    if (!writing_) FinishOnce();
    ending_ = true;
  }

  void OnDone() override {
    {
      absl::MutexLock lock(&service_.mutex_);
      service_.watchers_.erase(this);
    }
    delete this;
  }

 private:
  void WriteNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (writing_ || !pending_ || finished_) return;
    pending_ = false;
    writing_ = true;
    response_.set_status(next_);
    StartWrite(&response_);
  }

  void FinishOnce() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (std::exchange(finished_, true)) return;
    Finish(status_);
  }

  HealthService& service_;
  const std::string name_;
  absl::Mutex mutex_;
  HealthCheckResponse response_;
  HealthCheckResponse::ServingStatus next_ ABSL_GUARDED_BY(mutex_) = HealthCheckResponse::UNKNOWN;
  bool pending_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::Status status_ ABSL_GUARDED_BY(mutex_);
};

HealthService::HealthService(const std::vector<std::string>& services) : services_{{"", true}, {kWrites, true}} {
  for (const std::string& service : services) services_.emplace(service, true);
}

grpc::ServerUnaryReactor* HealthService::Check(grpc::CallbackServerContext* context, const HealthCheckRequest* request,
                                               HealthCheckResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  absl::MutexLock lock(&mutex_);
  const auto found = services_.find(request->service());
  if (found == services_.end()) {
    reactor->Finish(grpc::Status(grpc::StatusCode::NOT_FOUND, "this server has no such service"));
    return reactor;
  }
  response->set_status(found->second ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING);
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

grpc::ServerWriteReactor<HealthCheckResponse>* HealthService::Watch(grpc::CallbackServerContext*,
                                                                    const HealthCheckRequest* request) {
  auto* watcher = new Watcher(*this, request->service());
  absl::MutexLock lock(&mutex_);
  if (watchers_.size() >= kMaxWatchers) {
    watcher->End(grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "too many watch the health of this server"));
    return watcher;
  }
  watchers_.insert(watcher);
  const auto found = services_.find(request->service());
  if (found == services_.end()) {
    watcher->Notify(HealthCheckResponse::SERVICE_UNKNOWN);
  } else {
    watcher->Notify(found->second ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING);
  }
  if (ended_) watcher->End();
  return watcher;
}

bool HealthService::IsServing(const std::string& service) const {
  absl::MutexLock lock(&mutex_);
  return services_.at(service);
}

void HealthService::StopServing() {
  absl::MutexLock lock(&mutex_);
  if (!services_[""]) return;
  for (auto& [service, serving] : services_) serving = false;
  for (Watcher* watcher : watchers_) watcher->Notify(HealthCheckResponse::NOT_SERVING);
}

void HealthService::StopServing(const std::string& service) {
  absl::MutexLock lock(&mutex_);
  services_[service] = false;
  for (Watcher* watcher : watchers_) {
    if (watcher->name() == service) watcher->Notify(HealthCheckResponse::NOT_SERVING);
  }
}

void HealthService::EndWatches() {
  absl::MutexLock lock(&mutex_);
  ended_ = true;
  for (Watcher* watcher : watchers_) watcher->End();
}

}  // namespace cimd
