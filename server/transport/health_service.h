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

// grpc.health.v1, served from a descriptor of our own so that reflection can describe it. Everything is SERVING from the
// start and NOT_SERVING from StopServing on. Thread-safe; outlives its server.
class HealthService final : public grpc::health::v1::Health::CallbackService {
 public:
  // What callers ask for to learn whether changes can be stored. A server that cannot goes on answering reads, so this is
  // not part of the server's own status.
  static constexpr char kWrites[] = "writes";
  // Watching needs no token, so only so many may: RESOURCE_EXHAUSTED for more. Asking is not limited.
  static constexpr size_t kMaxWatchers = 1000;

  // `services` are the full names that callers may ask for, besides "" and kWrites.
  explicit HealthService(const std::vector<std::string>& services);

  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context,
                                  const grpc::health::v1::HealthCheckRequest* request,
                                  grpc::health::v1::HealthCheckResponse* response) override;
  grpc::ServerWriteReactor<grpc::health::v1::HealthCheckResponse>* Watch(
      grpc::CallbackServerContext* context, const grpc::health::v1::HealthCheckRequest* request) override;

  // What is said of a service that there is.
  bool IsServing(const std::string& service) const;

  // Tells everybody who asks or watches that this server is about to take no more calls. Again: nothing.
  void StopServing();
  // The same of one service.
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
