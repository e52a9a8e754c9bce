#include "server/rpc/dispatch.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "grpc/grpc_security_constants.h"
#include "grpcpp/security/auth_context.h"
#include "server/crypto/certificate.h"
#include "server/errors/errors.h"
#include "server/telemetry/trace_context.h"
#include "server/text/utf8.h"

namespace cimd::rpc {
namespace {

// Calls beyond these would wait for a thread for longer than their callers wait for an answer.
constexpr size_t kMaxQueuedWrites = 2048;
constexpr size_t kMaxQueuedFetches = 128;
constexpr size_t kMaxQueuedBulk = 512;

// Fetches mostly wait for hosts.
constexpr size_t kFetchThreads = 128;

// Lists and batches compute: more threads than cores would only compete.
size_t DefaultBulkThreads() { return std::clamp<size_t>(std::thread::hardware_concurrency(), 2, 8); }

std::string_view ClientMetadata(const grpc::CallbackServerContext& context, std::string_view key) {
  auto found = context.client_metadata().find(grpc::string_ref(key.data(), key.size()));
  if (found == context.client_metadata().end()) return {};
  return {found->second.data(), found->second.size()};
}

// Metadata of a call that a gateway forwards: the address of its peer. Anybody can send it.
constexpr std::string_view kForwardedPeer = "x-cimd-peer-address";

// Metadata with the value "tell": the caller wants its rate limit in the initial metadata of the answer.
constexpr std::string_view kTellRate = "x-ratelimit";

void TellRate(const RateVerdict& verdict, grpc::CallbackServerContext& context) {
  context.AddInitialMetadata("x-ratelimit-limit", std::to_string(verdict.limit.burst));
  context.AddInitialMetadata("x-ratelimit-remaining", std::to_string(std::max<int64_t>(verdict.remaining, 0)));
  const absl::Time full_at = verdict.full_at + absl::Seconds(1) - absl::Nanoseconds(1);
  context.AddInitialMetadata("x-ratelimit-reset", std::to_string(absl::ToUnixSeconds(full_at)));
}

// Empty when the transport has verified no certificate.
PeerCertificate CertificateOf(const grpc::CallbackServerContext& context) {
  PeerCertificate certificate;
  const std::shared_ptr<const grpc::AuthContext> security = context.auth_context();
  if (security == nullptr || !security->IsPeerAuthenticated()) return certificate;
  for (const auto& [property, names] : {std::pair(GRPC_PEER_URI_PROPERTY_NAME, &certificate.uris),
                                        std::pair(GRPC_PEER_DNS_PROPERTY_NAME, &certificate.dns_names)}) {
    for (const grpc::string_ref& value : security->FindPropertyValues(property)) {
      names->emplace_back(value.data(), value.size());
    }
  }
  certificate.expire_time = absl::InfinitePast();
  for (const grpc::string_ref& pem : security->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME)) {
    certificate.expire_time =
        crypto::CertificateExpiry(std::string_view(pem.data(), pem.size())).value_or(absl::InfinitePast());
  }
  return certificate;
}

// The mutation's request_id, else the x-request-id of the metadata. For logs only.
std::string RequestId(const grpc::CallbackServerContext& context, std::string_view request_id) {
  constexpr size_t kMaxBytes = 128;
  if (request_id.empty()) request_id = ClientMetadata(context, "x-request-id");
  return std::string(text::CutUtf8(request_id, kMaxBytes));
}

const Caller* CallerOf(const RequestContext& call) {
  return call.caller.kind == v1::CALLER_KIND_UNSPECIFIED ? nullptr : &call.caller;
}

}  // namespace

Dispatcher::Dispatcher(const Authenticator& authenticator, RateLimiter& limiter, const Clock& clock, Observer observer,
                       StreamOptions streams, CallOptions calls)
    : authenticator_(authenticator),
      limiter_(limiter),
      clock_(clock),
      observer_(std::move(observer)),
      stream_options_(std::move(streams)),
      bulk_answers_(calls.max_bulk_answer_bytes),
      writes_(calls.write_threads, {.tasks = kMaxQueuedWrites}),
      fetches_(kFetchThreads, {.tasks = kMaxQueuedFetches}),
      bulk_(calls.bulk_threads == 0 ? DefaultBulkThreads() : calls.bulk_threads, {.tasks = kMaxQueuedBulk}) {}

WorkerPool& Dispatcher::Pool(const Method& method) {
  switch (method.work_class) {
    case WorkClass::kFetch:
      return fetches_;
    case WorkClass::kBulk:
      return bulk_;
    default:
      return writes_;
  }
}

absl::StatusOr<Caller> Dispatcher::Authenticate(const grpc::CallbackServerContext& context, std::string_view peer,
                                                absl::Time arrival) const {
  // An unfamiliar credential counts as a failure while it is looked up, so that calls under way at the same time cannot
  // go beyond the limit together.
  bool counted = false;
  absl::StatusOr<Caller> caller = authenticator_.Authenticate(
      ClientMetadata(context, "authorization"), arrival, [&] { return CertificateOf(context); },
      [&]() -> absl::Status {
        const RateVerdict verdict = limiter_.TakeFailure(peer, arrival);
        counted = verdict.admitted;
        if (verdict.admitted) return absl::OkStatus();
        return errors::RateLimited("unauthenticated", verdict.limit.per_second, verdict.retry_after);
      });
  const bool failed = absl::IsUnauthenticated(caller.status());
  if (failed && !counted) limiter_.TakeFailure(peer, arrival);
  if (!failed && counted) limiter_.ReturnFailure(peer, arrival);
  return caller;
}

absl::Status Dispatcher::Admit(grpc::CallbackServerContext& context, const RequestContext& call) const {
  const bool told = ClientMetadata(context, kTellRate) == "tell";
  const WorkClass work_class = call.method.work_class;
  RateVerdict verdict = limiter_.AdmitCaller(call.caller, work_class, call.now);
  absl::Status allowed;
  if (verdict.admitted) {
    allowed = Authorize(call.caller, call.method, call.tenant);
    // After the authorization, so that nobody can use up another tenant's limit.
    if (allowed.ok()) {
      const RateVerdict in_tenant = limiter_.AdmitTenant(call.tenant, work_class, call.now);
      const bool narrower = verdict.limit.per_second == 0 || in_tenant.remaining < verdict.remaining;
      if (in_tenant.limit.per_second > 0 && (!in_tenant.admitted || narrower)) verdict = in_tenant;
    }
  }
  if (told && verdict.limit.per_second > 0) TellRate(verdict, context);
  if (verdict.admitted) return allowed;
  return errors::RateLimited(WorkClassName(work_class), verdict.limit.per_second, verdict.retry_after);
}

RequestContext Dispatcher::Arrive(grpc::CallbackServerContext& context, const Method& method, std::string_view tenant,
                                  std::string_view request_id, absl::Time arrival) const {
  return RequestContext{.method = method,
                        .caller = {},
                        // Methods on tenants as such belong to the platform.
                        .tenant = std::string(method.scoping == Scoping::kPlatform ? std::string_view() : tenant),
                        .now = arrival,
                        .deadline = absl::FromChrono(context.deadline()),
                        .peer = PeerOf(context, arrival),
                        .traceparent = telemetry::ContinueTrace(ClientMetadata(context, "traceparent")),
                        .request_id = RequestId(context, request_id),
                        .is_cancelled = [&context] { return context.IsCancelled(); }};
}

std::string Dispatcher::PeerOf(const grpc::CallbackServerContext& context, absl::Time arrival) const {
  if (!peer_finder_) return context.peer();
  return peer_finder_(context.peer(), ClientMetadata(context, kForwardedPeer), arrival,
                      [&context] { return CertificateOf(context); });
}

absl::Status Dispatcher::Begin(grpc::CallbackServerContext& context, RequestContext& call) const {
  // gRPC cancels a call at its deadline, by a monotonic clock.
  if (context.IsCancelled()) return errors::DeadlineExceeded();
  absl::StatusOr<Caller> caller = Authenticate(context, call.peer, call.now);
  if (!caller.ok()) return Deny(call, caller.status());
  call.caller = *std::move(caller);
  if (call.tenant == kCallersTenant && !call.caller.tenant.empty()) {
    call.tenant = call.caller.tenant;
    // For the log of a gateway, which did not know it.
    context.AddInitialMetadata("x-cimd-tenant", call.tenant);
  }
  if (absl::Status status = Admit(context, call); !status.ok()) return Deny(call, std::move(status));
  return absl::OkStatus();
}

absl::Status Dispatcher::Deny(const RequestContext& call, absl::Status status) const {
  if (denial_observer_ && (absl::IsUnauthenticated(status) || absl::IsPermissionDenied(status))) {
    denial_observer_({.method = call.method,
                      .caller = CallerOf(call),
                      .peer = call.peer,
                      .traceparent = call.traceparent,
                      .status = status});
  }
  return status;
}

void Dispatcher::Finish(grpc::ServerUnaryReactor* reactor, const RequestContext& call,
                        const absl::Status& status) const {
  Observe(call, status);
  reactor->Finish(ToGrpcStatus(status));
}

void Dispatcher::Observe(const RequestContext& call, const absl::Status& status) const {
  observer_({.method = call.method,
             .caller = CallerOf(call),
             .tenant = call.tenant,
             .peer = call.peer,
             .traceparent = call.traceparent,
             .request_id = call.request_id,
             .status = status,
             .verdict = call.verdict,
             .duration = clock_.Now() - call.now});
}

absl::Status Dispatcher::Overloaded() { return errors::Overloaded(absl::Seconds(1)); }

}  // namespace cimd::rpc
