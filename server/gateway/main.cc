// cimd-gateway: HTTP endpoints for a cimd-server.

#include <signal.h>

#include <cstdio>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/gateway/gateway.h"
#include "server/gateway/gateway_options.h"
#include "server/telemetry/grpc_log.h"
#include "server/telemetry/json_log.h"

namespace {

using cimd::telemetry::Log;
using cimd::telemetry::Severity;

// How often certificates and the token are read again, so that replaced files (as in mounted Kubernetes Secrets) need
// no signal.
constexpr timespec kReloadInterval = {.tv_sec = 60};

Severity SeverityOf(const std::string& name) {
  if (name == "debug") return Severity::kDebug;
  if (name == "warning") return Severity::kWarning;
  return name == "error" ? Severity::kError : Severity::kInfo;
}

}  // namespace

int main(int argc, char** argv) {
  // The signals are blocked before any thread is started. All threads inherit the mask, so only sigtimedwait below
  // receives the signals.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);

  const cimd::gateway::ParsedGatewayOptions parsed = cimd::gateway::ParseGatewayOptions(argc, argv);
  if (!parsed.run) return parsed.exit_code;
  cimd::telemetry::SetLogSeverity(SeverityOf(parsed.options.log_severity));
  cimd::telemetry::SendGrpcLogToJsonLog();
  absl::StatusOr<std::unique_ptr<cimd::gateway::Gateway>> gateway = cimd::gateway::Gateway::Start(parsed.options);
  if (!gateway.ok()) {
    std::fprintf(stderr, "cimd-gateway: %s\n", std::string(gateway.status().message()).c_str());
    return 1;
  }
  while (true) {
    const int received = sigtimedwait(&signals, nullptr, &kReloadInterval);
    if (received == SIGTERM || received == SIGINT) break;
    const absl::Status status = (*gateway)->Reload();
    if (status.ok() && received != SIGHUP) continue;
    Log(status.ok() ? Severity::kInfo : Severity::kError, "reloaded", {{"error", std::string(status.message())}});
  }
  (*gateway)->AnnounceShutdown();
  // A second signal ends the delay.
  const timespec delay = absl::ToTimespec(parsed.options.drain_delay);
  sigtimedwait(&signals, nullptr, &delay);
  Log(Severity::kInfo, "draining");
  (*gateway)->Shutdown();
  gateway->reset();
  Log(Severity::kInfo, "stopped");
  return 0;
}
