#ifndef CIMD_SERVER_RPC_DISPATCH_OPTIONS_H_
#define CIMD_SERVER_RPC_DISPATCH_OPTIONS_H_

#include <cstddef>
#include <string_view>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/rpc/request_context.h"

namespace cimd::rpc {

// A call that has ended, for metrics and logs. Valid during the observer's call only.
struct FinishedCall {
  const Method& method;
  // Null when the caller could not be authenticated.
  const Caller* caller;
  // As in RequestContext. The tenant of a call that was denied is what the request says, unchecked.
  std::string_view tenant;
  std::string_view peer;
  std::string_view traceparent;
  std::string_view request_id;
  const absl::Status& status;
  std::string_view verdict;
  absl::Duration duration;
};

// A call that ended with UNAUTHENTICATED or PERMISSION_DENIED before its handler ran.
struct DeniedCall {
  const Method& method;
  // Null when the caller could not be authenticated.
  const Caller* caller;
  std::string_view peer;
  std::string_view traceparent;
  const absl::Status& status;
};

// Limits and observers of streams.
struct StreamOptions {
  int max_streams = 10'000;
  int max_streams_per_caller = 1'000;
  // For all callers together. Streams of the platform's own resources do not count.
  int max_streams_per_tenant = 2'000;
  // For the queue of one stream.
  size_t max_queued_messages = 1'000;
  size_t max_queued_bytes = 4 << 20;
  // How long an ended stream waits for a caller that reads nothing to take its status. Then the call is cancelled.
  absl::Duration linger = absl::Seconds(10);
  // Called from any thread; each may be null. `on_open` gets the number of open streams whenever it changes. `on_sent`
  // gets each message of changes that the transport has taken, with the time since the server learnt of the first of
  // them.
  absl::AnyInvocable<void(int open) const> on_open;
  absl::AnyInvocable<void(const Method&, absl::Duration lag) const> on_sent;
};

// Limits of unary calls.
struct CallOptions {
  size_t write_threads = 64;
  // 0: one for each core, from 2 to 8.
  size_t bulk_threads = 0;
  // Answers of bulk methods that callers have not taken yet; further bulk calls are OVERLOADED.
  size_t max_bulk_answer_bytes = size_t{64} << 20;
};

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_RPC_DISPATCH_OPTIONS_H_
