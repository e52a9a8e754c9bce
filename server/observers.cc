#include "server/observers.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/errors/errors.h"
#include "server/telemetry/json_log.h"
#include "server/telemetry/log_sampler.h"
#include "server/telemetry/trace_context.h"

namespace cimd {
namespace {

using telemetry::Severity;

constexpr int kStrangerLinesPerSecond = 10;

std::string WithoutPrefix(const std::string& name, std::string_view prefix) {
  return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

bool IsServersFault(const absl::Status& status) {
  return absl::IsInternal(status) || absl::IsUnavailable(status) || absl::IsUnknown(status) || absl::IsDataLoss(status);
}

}  // namespace

rpc::Dispatcher::Observer CallObserver(telemetry::Metrics& metrics, AuditKeeper& audit) {
  auto strangers = std::make_shared<telemetry::LogSampler>(kStrangerLinesPerSecond);
  // In the order of rpc::kMethodTable.
  std::vector<telemetry::Metrics::MethodCalls> methods;
  for (const rpc::Method& method : rpc::kMethodTable) methods.push_back(metrics.ForMethod(method.name));
  return [methods = std::move(methods), strangers = std::move(strangers), &audit](const rpc::FinishedCall& call) {
    if (call.status.ok() && rpc::MayCommit(call.method)) audit.EventsCommitted(call.tenant);
    const std::string code = absl::StatusCodeToString(call.status.code());
    std::string reason(call.verdict);
    if (!call.status.ok()) {
      reason = WithoutPrefix(v1::ErrorReason_Name(rpc::errors::ReasonOf(call.status)), "ERROR_REASON_");
    }
    const bool our_fault = IsServersFault(call.status) && reason != "SHUTTING_DOWN";
    methods[static_cast<size_t>(&call.method - rpc::kMethodTable)].Count(code, reason, our_fault, call.duration);
    const Severity severity = our_fault ? Severity::kError : call.status.ok() ? Severity::kDebug : Severity::kInfo;
    if (!telemetry::IsLogged(severity)) return;
    std::optional<int64_t> left_out = 0;
    // Unauthenticated calls are unlimited in number, so their log lines are sampled.
    if (call.caller == nullptr && !our_fault) left_out = strangers->Admit(absl::Now());
    if (!left_out.has_value()) return;
    telemetry::Log(severity, "call",
                   {{"method", call.method.name},
                    {"code", code},
                    {"reason", reason},
                    {"message", std::string(call.status.message())},
                    {"tenant", call.tenant},
                    {"caller", call.caller == nullptr ? std::string_view() : call.caller->id},
                    {"peer", call.peer},
                    {"request_id", call.request_id},
                    {"trace_id", telemetry::TraceIdOf(call.traceparent)},
                    {"left_out", *left_out == 0 ? std::string() : absl::StrCat(*left_out)},
                    {"duration", absl::FormatDuration(call.duration)}});
  };
}

services::DecisionObserver DecisionCounter(telemetry::Metrics& metrics) {
  const google::protobuf::EnumDescriptor& reasons = *v1::CheckReason_descriptor();
  std::vector<telemetry::Counter*> counters(v1::CheckReason_ARRAYSIZE);
  for (int i = 0; i < reasons.value_count(); ++i) {
    const bool allowed = reasons.value(i)->number() == v1::CHECK_REASON_UNSPECIFIED;
    counters[static_cast<size_t>(reasons.value(i)->number())] = &metrics.Decisions(
        allowed ? "allowed" : "denied", allowed ? "OK" : WithoutPrefix(reasons.value(i)->name(), "CHECK_REASON_"));
  }
  return [counters](v1::CheckReason reason) { counters[static_cast<size_t>(reason)]->Add(); };
}

std::function<void(services::KeyRefreshOutcome)> KeyRefreshCounter(telemetry::Metrics& metrics,
                                                                   std::atomic<int64_t>& failed) {
  return [&metrics, &failed](services::KeyRefreshOutcome outcome) {
    using Outcome = services::KeyRefreshOutcome;
    if (outcome == Outcome::kNeedless) return;
    if (outcome != Outcome::kRead) ++failed;
    metrics.CountKeyRefresh(outcome == Outcome::kRead          ? "OK"
                            : outcome == Outcome::kFetchFailed ? "FETCH_FAILED"
                                                               : "STORE_FAILED");
  };
}

services::AssertionVerifier::Observer AssertionCounter(telemetry::Metrics& metrics) {
  return [&metrics](v1::AssertionReason reason) {
    const bool valid = reason == v1::ASSERTION_REASON_UNSPECIFIED;
    metrics.CountAssertion(valid ? "OK" : WithoutPrefix(v1::AssertionReason_Name(reason), "ASSERTION_REASON_"));
  };
}

fetch::FetchObserver FetchLog(telemetry::Metrics& metrics) {
  return [&metrics](const fetch::FetchObservation& fetch) {
    const bool failed = fetch.reason != v1::FETCH_FAILURE_REASON_UNSPECIFIED;
    const std::string kind =
        failed ? WithoutPrefix(v1::FetchFailureKind_Name(fetch.kind), "FETCH_FAILURE_KIND_") : "OK";
    const std::string reason =
        failed ? WithoutPrefix(v1::FetchFailureReason_Name(fetch.reason), "FETCH_FAILURE_REASON_") : "OK";
    metrics.CountFetch(kind, reason, fetch.duration);
    telemetry::Log(failed ? Severity::kWarning : Severity::kDebug, "fetch",
                   {{"host", fetch.host},
                    {"kind", kind},
                    {"reason", reason},
                    {"http_status", fetch.http_status == 0 ? std::string() : absl::StrCat(fetch.http_status)},
                    {"detail", fetch.detail},
                    {"trace_id", telemetry::TraceIdOf(fetch.traceparent)},
                    {"duration", absl::FormatDuration(fetch.duration)}});
  };
}

}  // namespace cimd
