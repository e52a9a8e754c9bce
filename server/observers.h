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

// What the parts of the server report, turned into metrics and lines of the log. What is passed by reference must
// outlive the observers, which are thread-safe.
namespace cimd {

// Counts and logs each call, and tells `audit` which calls may have committed events. Of the calls of unauthenticated
// callers, ten a second are logged; the next line says how many were left out.
rpc::Dispatcher::Observer CallObserver(telemetry::Metrics& metrics, AuditKeeper& audit);

services::DecisionObserver DecisionCounter(telemetry::Metrics& metrics);

// Also adds refreshes that failed to `failed`.
std::function<void(services::KeyRefreshOutcome)> KeyRefreshCounter(telemetry::Metrics& metrics,
                                                                   std::atomic<int64_t>& failed);

services::AssertionVerifier::Observer AssertionCounter(telemetry::Metrics& metrics);

// Counts and logs each fetch.
fetch::FetchObserver FetchLog(telemetry::Metrics& metrics);

}  // namespace cimd

#endif  // CIMD_SERVER_OBSERVERS_H_
