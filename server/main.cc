// cimd-server: the gRPC control plane.

#include <signal.h>

#include <cstdio>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/options.h"
#include "server/server.h"
#include "server/telemetry/grpc_log.h"
#include "server/telemetry/json_log.h"

namespace {

cimd::telemetry::Severity SeverityOf(const std::string& name) {
  if (name == "debug") return cimd::telemetry::Severity::kDebug;
  if (name == "warning") return cimd::telemetry::Severity::kWarning;
  return name == "error" ? cimd::telemetry::Severity::kError : cimd::telemetry::Severity::kInfo;
}

}  // namespace

int main(int argc, char** argv) {
  // Signals are blocked in every thread, so that only sigwait below receives them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  // Exceeding the file size limit is then a write error like a full disk, and does not end the process.
  signal(SIGXFSZ, SIG_IGN);

  // Debian's Abseil enables deadlock detection, which takes a graph shared by all threads at every lock. Only tests
  // keep it on.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);

  const cimd::ParsedOptions parsed = cimd::ParseServerOptions(argc, argv);
  if (!parsed.run) return parsed.exit_code;
  cimd::telemetry::SetLogSeverity(SeverityOf(parsed.options.log_severity));
  cimd::telemetry::SendGrpcLogToJsonLog();
  absl::StatusOr<std::unique_ptr<cimd::Server>> server = cimd::Server::Start(parsed.options);
  if (!server.ok()) {
    std::fprintf(stderr, "cimd-server: %s\n", std::string(server.status().message()).c_str());
    return 1;
  }
  int received = 0;
  while (sigwait(&signals, &received) == 0 && received == SIGHUP) (*server)->Reload();
  (*server)->AnnounceShutdown();
  // A second signal other than SIGHUP ends the delay.
  sigdelset(&signals, SIGHUP);
  const timespec delay = absl::ToTimespec(parsed.options.drain_delay);
  sigtimedwait(&signals, nullptr, &delay);
  (*server)->Shutdown();
  server->reset();
  cimd::telemetry::Log(cimd::telemetry::Severity::kInfo, "stopped");
  return 0;
}
