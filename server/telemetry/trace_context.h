#ifndef CIMD_SERVER_TELEMETRY_TRACE_CONTEXT_H_
#define CIMD_SERVER_TELEMETRY_TRACE_CONTEXT_H_

#include <string>
#include <string_view>

// W3C Trace Context (https://www.w3.org/TR/trace-context/). The trace's id and flags are forwarded with a new parent
// id. tracestate is dropped, because it can contain details of a caller's systems. Trace ids are random, so a client's
// host that gets one in a fetch learns only which requests belong together.
namespace cimd::telemetry {

// The traceparent to forward for a received one, which anybody may have sent: version 00, the same trace and flags, a
// new parent id. Empty for a malformed one.
std::string ContinueTrace(std::string_view traceparent);

// The traceparent of a new trace without the sampled flag.
std::string StartTrace();

// The trace id, 32 hexadecimal digits, of a traceparent from this file; empty for an empty one.
std::string_view TraceIdOf(std::string_view traceparent);

}  // namespace cimd::telemetry

#endif  // CIMD_SERVER_TELEMETRY_TRACE_CONTEXT_H_
