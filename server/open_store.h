#ifndef CIMD_SERVER_OPEN_STORE_H_
#define CIMD_SERVER_OPEN_STORE_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "server/options.h"
#include "server/telemetry/metrics.h"
#include "server/transport/health_service.h"
#include "storage/store.h"

namespace cimd {

// Opens the store in --data_dir, creates it if it does not exist, and connects it to metrics, log and health. When the
// engine fails and takes no more writes, each of `health` stops serving kWrites. `metrics` and `health` must outlive
// the store. Error messages are for the operator.
absl::StatusOr<std::unique_ptr<storage::Store>> OpenStore(const ServerOptions& options, telemetry::Metrics& metrics,
                                                          const std::vector<HealthService*>& health);

}  // namespace cimd

#endif  // CIMD_SERVER_OPEN_STORE_H_
