#include "server/telemetry/grpc_log.h"

#include <grpc/support/log.h>

#include <cstring>
#include <optional>
#include <string>

#include "absl/time/clock.h"
#include "server/telemetry/json_log.h"
#include "server/telemetry/log_sampler.h"

namespace cimd::telemetry {
namespace {

constexpr int kLinesPerSecond = 10;

void LogGrpcMessage(gpr_log_func_args* message) {
  static LogSampler* const sampler = new LogSampler(kLinesPerSecond);
  const Severity severity = message->severity == GPR_LOG_SEVERITY_ERROR ? Severity::kWarning : Severity::kDebug;
  if (!IsLogged(severity)) return;
  const std::optional<int64_t> left_out = sampler->Admit(absl::Now());
  if (!left_out.has_value()) return;
  const char* const slash = std::strrchr(message->file, '/');
  const std::string place =
      std::string(slash == nullptr ? message->file : slash + 1) + ":" + std::to_string(message->line);
  Log(severity, "grpc",
      {{"message", message->message},
       {"source", place},
       {"left_out", *left_out == 0 ? std::string() : std::to_string(*left_out)}});
}

}  // namespace

void SendGrpcLogToJsonLog() {
  gpr_set_log_function(LogGrpcMessage);
  gpr_set_log_verbosity(IsLogged(Severity::kDebug) ? GPR_LOG_SEVERITY_INFO : GPR_LOG_SEVERITY_ERROR);
}

}  // namespace cimd::telemetry
