#ifndef CIMD_SERVER_TRANSPORT_HEALTH_SERVICE_H_
#define CIMD_SERVER_TRANSPORT_HEALTH_SERVICE_H_

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace cimd {

// grpc.health.v1, served from a descriptor of our own so that reflection can describe it. Every service is SERVING
// until StopServing. Thread-safe. Must outlive its gRPC server.
class HealthService final : public grpc::health::v1::Health::CallbackService {
 public:
  // The service whose status says whether changes can be stored. The server's own status does not depend on it, because
  // reads go on when changes cannot be stored.
  static constexpr char kWrites[] = "writes";
  // Watching needs no token, so further watches are RESOURCE_EXHAUSTED. Checks are not limited.
  static constexpr size_t kMaxWatchers = 1000;

  // `services` are the full names of services with a status, besides "" and kWrites.
  explicit HealthService(const std::vector<std::string>& services);

  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context,
                                  const grpc::health::v1::HealthCheckRequest* request,
                                  grpc::health::v1::HealthCheckResponse* response) override;
  grpc::ServerWriteReactor<grpc::health::v1::HealthCheckResponse>* Watch(
      grpc::CallbackServerContext* context, const grpc::health::v1::HealthCheckRequest* request) override;

  // The status of a known service.
  bool IsServing(const std::string& service) const;

  // Sets every service to NOT_SERVING, because the server will take no more calls. Calling it again does nothing.
  void StopServing();
  // Sets one service to NOT_SERVING.
  void StopServing(const std::string& service);

  // Ends all watches, so that the server can shut down.
  void EndWatches();

 private:
  class Watcher;

  mutable absl::Mutex mutex_;
  // Whether each is serving.
  absl::flat_hash_map<std::string, bool> services_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_set<Watcher*> watchers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cimd

#endif  // CIMD_SERVER_TRANSPORT_HEALTH_SERVICE_H_
