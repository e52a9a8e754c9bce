#include "server/rpc/dispatch.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "grpc/grpc_security_constants.h"
#include "grpcpp/security/auth_context.h"
#include "server/crypto/certificate.h"
#include "server/rpc/errors.h"

namespace cimd::rpc {
namespace {

// More than this many calls waiting for a thread would wait longer than their callers do.
constexpr size_t kMaxQueuedWrites = 2048;
constexpr size_t kMaxQueuedFetches = 128;

std::string_view ClientMetadata(const grpc::CallbackServerContext& context, std::string_view key) {
  auto found = context.client_metadata().find(grpc::string_ref(key.data(), key.size()));
  if (found == context.client_metadata().end()) return {};
  return {found->second.data(), found->second.size()};
}

// With the value "tell", in a caller's metadata: how many calls the caller may make is wanted in the initial metadata.
constexpr std::string_view kTellRate = "x-ratelimit";

void TellRate(const RateVerdict& verdict, grpc::CallbackServerContext& context) {
  context.AddInitialMetadata("x-ratelimit-limit", std::to_string(verdict.limit.burst));
  context.AddInitialMetadata("x-ratelimit-remaining", std::to_string(std::max<int64_t>(verdict.remaining, 0)));
  const absl::Time full_at = verdict.full_at + absl::Seconds(1) - absl::Nanoseconds(1);
  context.AddInitialMetadata("x-ratelimit-reset", std::to_string(absl::ToUnixSeconds(full_at)));
}

// The transport asks for client certificates and verifies those that it gets.
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

// version "00", 32 and 16 hexadecimal digits, flags: anything else is not passed on.
bool IsTraceparent(std::string_view text) {
  if (text.size() != 55 || !text.starts_with("00-") || text[35] != '-' || text[52] != '-') return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c == '-' || absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f'); });
}

std::string_view Traceparent(const grpc::CallbackServerContext& context) {
  std::string_view traceparent = ClientMetadata(context, "traceparent");
  return IsTraceparent(traceparent) ? traceparent : std::string_view();
}

}  // namespace

Dispatcher::Dispatcher(const Authenticator& authenticator, RateLimiter& limiter, const Clock& clock, Observer observer,
                       StreamOptions streams, size_t write_threads, size_t fetch_threads)
    : authenticator_(authenticator),
      limiter_(limiter),
      clock_(clock),
      observer_(std::move(observer)),
      stream_options_(std::move(streams)),
      writes_(write_threads, kMaxQueuedWrites),
      fetches_(fetch_threads, kMaxQueuedFetches) {}

absl::StatusOr<Caller> Dispatcher::Authenticate(const grpc::CallbackServerContext& context, std::string_view peer,
                                                absl::Time arrival) const {
  absl::StatusOr<Caller> caller = authenticator_.Authenticate(
      ClientMetadata(context, "authorization"), arrival, [&] { return CertificateOf(context); },
      [&]() -> absl::Status {
        const RateVerdict verdict = limiter_.CheckAddress(peer, arrival);
        if (verdict.admitted) return absl::OkStatus();
        return errors::RateLimited("unauthenticated", verdict.limit.per_second, verdict.retry_after);
      });
  if (absl::IsUnauthenticated(caller.status())) limiter_.CountFailure(peer, arrival);
  return caller;
}

absl::Status Dispatcher::Admit(grpc::CallbackServerContext& context, const Caller& caller, const Method& method,
                               std::string_view tenant, absl::Time arrival) const {
  const bool told = ClientMetadata(context, kTellRate) == "tell";
  RateVerdict verdict = limiter_.AdmitCaller(caller, method.access, arrival);
  absl::Status allowed;
  if (verdict.admitted) {
    allowed = Authorize(caller, method, tenant);
    // Only then: nobody may use up what another tenant is granted.
    if (allowed.ok()) {
      const RateVerdict in_tenant = limiter_.AdmitTenant(tenant, method.access, arrival);
      const bool narrower = verdict.limit.per_second == 0 || in_tenant.remaining < verdict.remaining;
      if (in_tenant.limit.per_second > 0 && (!in_tenant.admitted || narrower)) verdict = in_tenant;
    }
  }
  if (told && verdict.limit.per_second > 0) TellRate(verdict, context);
  if (verdict.admitted) return allowed;
  return errors::RateLimited(AccessName(method.access), verdict.limit.per_second, verdict.retry_after);
}

absl::StatusOr<RequestContext> Dispatcher::Begin(grpc::CallbackServerContext& context, const Method& method,
                                                 std::string_view tenant, absl::Time arrival) const {
  const absl::Time deadline = absl::FromChrono(context.deadline());
  // gRPC cancels a call whose deadline has passed, by a timer that does not care when somebody sets the clock.
  if (context.IsCancelled()) return errors::DeadlineExceeded();
  std::string peer = context.peer();
  absl::StatusOr<Caller> caller = Authenticate(context, peer, arrival);
  if (!caller.ok()) return Deny(context, method, nullptr, caller.status());
  if (absl::Status status = Admit(context, *caller, method, tenant, arrival); !status.ok()) {
    return Deny(context, method, &*caller, std::move(status));
  }
  return RequestContext{.method = method,
                        .caller = *std::move(caller),
                        // What is done to a tenant as such is the platform's business, not its own.
                        .tenant = std::string(method.scoping == Scoping::kPlatform ? std::string_view() : tenant),
                        .now = arrival,
                        .deadline = deadline,
                        .peer = std::move(peer),
                        .traceparent = std::string(Traceparent(context)),
                        .is_cancelled = [&context] { return context.IsCancelled(); }};
}

absl::Status Dispatcher::Deny(const grpc::CallbackServerContext& context, const Method& method, const Caller* caller,
                              absl::Status status) const {
  if (denial_observer_ && (absl::IsUnauthenticated(status) || absl::IsPermissionDenied(status))) {
    const std::string peer = context.peer();
    denial_observer_({.method = method,
                      .caller = caller,
                      .peer = peer,
                      .traceparent = Traceparent(context),
                      .status = status});
  }
  return status;
}

void Dispatcher::Finish(const grpc::CallbackServerContext& context, grpc::ServerUnaryReactor* reactor,
                        const Method& method, const RequestContext* call, const absl::Status& status,
                        absl::Time arrival) const {
  Observe(context, method, call, status, arrival);
  reactor->Finish(ToGrpcStatus(status));
}

void Dispatcher::Observe(const grpc::CallbackServerContext& context, const Method& method, const RequestContext* call,
                         const absl::Status& status, absl::Time arrival) const {
  const std::string peer = call == nullptr ? context.peer() : std::string();
  observer_({.method = method,
             .caller = call == nullptr ? nullptr : &call->caller,
             .tenant = call == nullptr ? std::string_view() : call->tenant,
             .peer = call == nullptr ? std::string_view(peer) : call->peer,
             .traceparent = call == nullptr ? std::string_view() : call->traceparent,
             .status = status,
             .verdict = call == nullptr ? std::string_view() : call->verdict,
             .duration = clock_.Now() - arrival});
}

absl::Status Dispatcher::Overloaded() { return errors::Overloaded(absl::Seconds(1)); }

}  // namespace cimd::rpc
