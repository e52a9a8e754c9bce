#ifndef CIMD_SERVER_TELEMETRY_TRACE_CONTEXT_H_
#define CIMD_SERVER_TELEMETRY_TRACE_CONTEXT_H_

#include <string>
#include <string_view>

// W3C Trace Context (https://www.w3.org/TR/trace-context/). The trace's id and flags are forwarded with a new parent
// id. tracestate is dropped, because it can contain details of a caller's systems. Trace ids are random. A host that
// receives one in a fetch learns only which requests belong to the same trace.
namespace cimd::telemetry {

// The traceparent to forward for a received one: version 00, the same trace id and flags, a new parent id. Empty for a
// malformed one. `traceparent` is controlled by the caller.
std::string ContinueTrace(std::string_view traceparent);

// The traceparent of a new trace without the sampled flag.
std::string StartTrace();

// The trace id, 32 hexadecimal digits, of a traceparent from this file; empty for an empty one.
std::string_view TraceIdOf(std::string_view traceparent);

}  // namespace cimd::telemetry

#endif  // CIMD_SERVER_TELEMETRY_TRACE_CONTEXT_H_
