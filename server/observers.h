#ifndef CIMD_SERVER_OBSERVERS_H_
#define CIMD_SERVER_OBSERVERS_H_

#include <atomic>
#include <cstdint>
#include <functional>

#include "server/assertions/assertion_verifier.h"
#include "server/assertions/key_refresher.h"
#include "server/fetch/https_fetcher.h"
#include "server/rpc/dispatch.h"
#include "server/services/grants/decisions.h"
#include "server/telemetry/metrics.h"
#include "server/upkeep/audit_keeper.h"

// Observers that turn what the parts of the server report into metrics and log lines. Arguments passed by reference
// must outlive the observers. Observers are thread-safe.
namespace cimd {

// Counts and logs each call, and notifies `audit` of calls that may have committed events. Logs at most ten calls of
// unauthenticated callers per second; the next line has the number of omitted calls.
rpc::Dispatcher::Observer CallObserver(telemetry::Metrics& metrics, AuditKeeper& audit);

services::DecisionObserver DecisionCounter(telemetry::Metrics& metrics);

// Also adds failed refreshes to `failed`.
std::function<void(services::KeyRefreshOutcome)> KeyRefreshCounter(telemetry::Metrics& metrics,
                                                                   std::atomic<int64_t>& failed);

services::AssertionVerifier::Observer AssertionCounter(telemetry::Metrics& metrics);

// Counts and logs each fetch.
fetch::FetchObserver FetchLog(telemetry::Metrics& metrics);

}  // namespace cimd

#endif  // CIMD_SERVER_OBSERVERS_H_
