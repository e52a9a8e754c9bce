#include "server/rpc/dispatch.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
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

Dispatcher::Dispatcher(const Authenticator& authenticator, const Clock& clock, Observer observer, StreamOptions streams,
                       size_t write_threads, size_t fetch_threads)
    : authenticator_(authenticator),
      clock_(clock),
      observer_(std::move(observer)),
      stream_options_(std::move(streams)),
      writes_(write_threads, kMaxQueuedWrites),
      fetches_(fetch_threads, kMaxQueuedFetches) {}

absl::StatusOr<RequestContext> Dispatcher::Begin(const grpc::CallbackServerContext& context, const Method& method,
                                                 std::string_view tenant, absl::Time arrival) const {
  const absl::Time deadline = absl::FromChrono(context.deadline());
  if (context.IsCancelled() || deadline <= clock_.Now()) return errors::DeadlineExceeded();
  absl::StatusOr<Caller> caller = authenticator_.Authenticate(ClientMetadata(context, "authorization"));
  if (!caller.ok()) return Deny(context, method, nullptr, caller.status());
  if (absl::Status status = Authorize(*caller, method, tenant); !status.ok()) {
    return Deny(context, method, &*caller, std::move(status));
  }
  return RequestContext{.method = method,
                        .caller = *std::move(caller),
                        // What is done to a tenant as such is the platform's business, not its own.
                        .tenant = std::string(method.scoping == Scoping::kPlatform ? std::string_view() : tenant),
                        .now = arrival,
                        .deadline = deadline,
                        .peer = context.peer(),
                        .traceparent = std::string(Traceparent(context))};
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
