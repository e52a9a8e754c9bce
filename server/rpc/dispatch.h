#ifndef CIMD_SERVER_RPC_DISPATCH_H_
#define CIMD_SERVER_RPC_DISPATCH_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "server/errors/errors.h"
#include "server/errors/status.h"
#include "server/rpc/answer_budget.h"
#include "server/rpc/authenticator.h"
#include "server/rpc/clock.h"
#include "server/rpc/dispatch_options.h"
#include "server/rpc/parse_bytes.h"
#include "server/rpc/rate_limiter.h"
#include "server/rpc/request_context.h"
#include "server/rpc/request_fields.h"
#include "server/rpc/stream.h"
#include "server/rpc/worker_pool.h"

namespace cimd::rpc {

// The path of every RPC: deadline, authentication, rate limits, authorization, handler (which validates), observer,
// status. Everything before the handler runs at once on the thread that received the call and costs one read of the
// store, so unauthorized calls never queue before authorized ones. Handlers of reads run on that thread, too. The
// others run on the worker pool of their class, where callers take turns; a call for which the pool has no room is
// OVERLOADED. A handler can postpone its answer without holding a thread (RequestContext::postpone).
//
// This is a function that the binding of each method calls (bind_method.h), because gRPC's interceptors cannot refuse a
// call. Thread-safe. Must outlive the gRPC server.
class Dispatcher {
 public:
  using Observer = absl::AnyInvocable<void(const FinishedCall&) const>;
  using DenialObserver = absl::AnyInvocable<void(const DeniedCall&) const>;
  // The address that a call counts for. `peer` is the transport's; `forwarded` is the caller's x-cimd-peer-address
  // metadata, empty if there is none, and anybody can send it; `certificate` reads the certificate of the connection,
  // which costs something.
  using PeerFinder = absl::AnyInvocable<std::string(std::string peer, std::string_view forwarded, absl::Time now,
                                                    absl::FunctionRef<PeerCertificate()> certificate) const>;

  // `authenticator`, `limiter` and `clock` must outlive the dispatcher. `observer` is called once for each call, from
  // any thread.
  Dispatcher(const Authenticator& authenticator, RateLimiter& limiter, const Clock& clock, Observer observer,
             StreamOptions streams = {}, CallOptions calls = {});

  // `observer` is called for each denied call, from any thread. Must be set before the first call.
  void ObserveDenials(DenialObserver observer) { denial_observer_ = std::move(observer); }

  // Must be set before the first call. Without it a call counts for the transport's peer.
  void FindPeersBy(PeerFinder finder) { peer_finder_ = std::move(finder); }

  // Runs one unary call. `handler` is absl::StatusOr<Response>(RequestContext&, const Request&).
  template <typename Request, typename Response, typename Handler>
  grpc::ServerUnaryReactor* Unary(grpc::CallbackServerContext* context, const Request* request, Response* response,
                                  const Method& method, Handler handler) {
    grpc::ServerUnaryReactor* reactor =
        method.work_class == WorkClass::kBulk ? new BudgetedReactor(bulk_answers_) : context->DefaultReactor();
    const absl::Time arrival = clock_.Now();
    RequestContext call = Arrive(*context, method, TenantOf(*request), RequestIdOf(*request), arrival);
    if (absl::Status status = Begin(*context, call); !status.ok()) {
      Finish(reactor, call, status);
      return reactor;
    }
    request = FillIn(*request, call);
    if (method.work_class == WorkClass::kRead) {
      Answer(context, request, response, handler, reactor, std::move(call));
    } else if (method.work_class == WorkClass::kBulk && !bulk_answers_.HasRoom()) {
      Finish(reactor, call, Overloaded());
    } else {
      auto admitted = std::make_shared<RequestContext>(std::move(call));
      const bool queued =
          Pool(method).Submit(CallerKey(admitted->caller), request->SpaceUsedLong(),
                              [this, context, request, response, handler, reactor, admitted] {
                                if (context->IsCancelled())
                                  return Finish(reactor, *admitted, errors::DeadlineExceeded());
                                Answer(context, request, response, handler, reactor, std::move(*admitted));
                              });
      if (!queued) Finish(reactor, *admitted, Overloaded());
    }
    return reactor;
  }

  // Opens one stream. `handler` is absl::Status(RequestContext&, const Request&, const std::shared_ptr<Stream>&): it
  // validates the request and hands the stream to its feeder; an error ends the stream. Messages are bytes, so a
  // message for many streams is serialized once. The observer is called when the stream is over.
  template <typename Request, typename Handler>
  grpc::ServerWriteReactor<grpc::ByteBuffer>* OpenStream(grpc::CallbackServerContext* context,
                                                         const grpc::ByteBuffer* bytes, const Method& method,
                                                         Handler handler) {
    const absl::Time arrival = clock_.Now();
    const auto parsed = ParseBytes<Request>(*bytes);
    const Request& request = parsed->has_value() ? **parsed : Request::default_instance();
    return OpenStream(*context, Arrive(*context, method, TenantOf(request), /*request_id=*/"", arrival),
                      [&](RequestContext& call, const std::shared_ptr<Stream>& stream) {
                        if (!parsed->has_value()) return errors::MalformedRequest();
                        return handler(call, *FillIn(request, call), stream);
                      });
  }

  // Checks the callers of all open streams again, and ends the streams of callers whose credential was revoked. Also
  // cuts off ended streams whose callers read nothing (StreamOptions::linger). To be called when access may have been
  // taken away, and regularly. Streams end by themselves when their caller's credential expires.
  void RecheckStreams();

  // Ends all streams with `status`, and refuses new ones with it.
  void EndStreams(const absl::Status& status);

  int open_streams() const;

 private:
  class StreamReactor;
  using StreamHandler = absl::FunctionRef<absl::Status(RequestContext&, const std::shared_ptr<Stream>&)>;

  template <typename Response>
  static size_t BytesOf(const Response& response) {
    if constexpr (requires { response.ByteSizeLong(); }) {
      return response.ByteSizeLong();
    } else {
      return response.Length();
    }
  }

  // `request` as its handler gets it: itself, or a copy that names the caller's tenant instead of "-". `call` keeps the
  // copy and has been admitted.
  template <typename Request>
  static const Request* FillIn(const Request& request, RequestContext& call) {
    if (call.tenant.empty() || TenantOf(request) != kCallersTenant) return &request;
    auto filled_in = std::make_shared<Request>(request);
    FillInCallersTenant(call.tenant, *filled_in);
    call.filled_in_request = filled_in;
    return filled_in.get();
  }

  // Runs the handler, once more if it postpones its answer, and ends the call.
  template <typename Request, typename Response, typename Handler>
  void Answer(grpc::CallbackServerContext* context, const Request* request, Response* response, Handler handler,
              grpc::ServerUnaryReactor* reactor, RequestContext call) {
    absl::StatusOr<Response> result = handler(call, *request);
    auto give = [&](const RequestContext& answered) {
      if (result.ok()) {
        *response = std::move(*result);
        if (answered.method.work_class == WorkClass::kBulk) {
          static_cast<BudgetedReactor*>(reactor)->Hold(BytesOf(*response));
        }
      }
      Finish(reactor, answered, result.status());
    };
    if (call.postpone == nullptr || call.resumed) return give(call);
    Postponement postpone = std::exchange(call.postpone, nullptr);
    call.resumed = true;
    auto kept = std::make_shared<RequestContext>(std::move(call));
    const bool postponed = std::move(postpone)([this, context, request, response, handler, reactor, kept] {
      Answer(context, request, response, handler, reactor, std::move(*kept));
    });
    // Once postponed, the call may end at any moment on another thread; nothing of it may be touched any more.
    if (!postponed) give(*kept);
  }

  // A call as it came in: everything about it but who calls. `tenant` and `request_id` are the request's.
  RequestContext Arrive(grpc::CallbackServerContext& context, const Method& method, std::string_view tenant,
                        std::string_view request_id, absl::Time arrival) const;
  // Finds out who calls, and whether the call may be made.
  absl::Status Begin(grpc::CallbackServerContext& context, RequestContext& call) const;
  std::string PeerOf(const grpc::CallbackServerContext& context, absl::Time arrival) const;
  // Tells the observer of a denial; returns `status`.
  absl::Status Deny(const RequestContext& call, absl::Status status) const;
  absl::StatusOr<Caller> Authenticate(const grpc::CallbackServerContext& context, std::string_view peer,
                                      absl::Time arrival) const;
  // Whether the caller may make this call, and no more calls than it may. Tells it how many, if it asks.
  absl::Status Admit(grpc::CallbackServerContext& context, const RequestContext& call) const;
  void Finish(grpc::ServerUnaryReactor* reactor, const RequestContext& call, const absl::Status& status) const;
  void Observe(const RequestContext& call, const absl::Status& status) const;

  grpc::ServerWriteReactor<grpc::ByteBuffer>* OpenStream(grpc::CallbackServerContext& context, RequestContext call,
                                                         StreamHandler handler);
  // Counts a stream in, if there may be one more, and out.
  absl::Status Enter(const std::shared_ptr<StreamReactor>& stream);
  void Leave(const std::shared_ptr<StreamReactor>& stream);
  std::vector<std::shared_ptr<StreamReactor>> Streams() const;
  WorkerPool& Pool(const Method& method);
  static absl::Status Overloaded();

  const Authenticator& authenticator_;
  RateLimiter& limiter_;
  const Clock& clock_;
  const Observer observer_;
  DenialObserver denial_observer_;
  PeerFinder peer_finder_;
  const StreamOptions stream_options_;
  mutable absl::Mutex streams_mutex_;
  // What new streams are refused with, once they are.
  absl::Status streams_ended_ ABSL_GUARDED_BY(streams_mutex_);
  absl::flat_hash_set<std::shared_ptr<StreamReactor>> streams_ ABSL_GUARDED_BY(streams_mutex_);
  // By caller and by tenant; see StreamReactor::Shares.
  absl::flat_hash_map<std::string, int> streams_of_ ABSL_GUARDED_BY(streams_mutex_);
  AnswerBudget bulk_answers_;
  WorkerPool writes_;
  WorkerPool fetches_;
  WorkerPool bulk_;
};

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_RPC_DISPATCH_H_
