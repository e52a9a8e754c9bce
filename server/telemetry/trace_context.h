#ifndef CIMD_SERVER_TELEMETRY_TRACE_CONTEXT_H_
#define CIMD_SERVER_TELEMETRY_TRACE_CONTEXT_H_

#include <string>
#include <string_view>

// W3C Trace Context (https://www.w3.org/TR/trace-context/), as far as it is taken part in: the trace's id and flags are
// passed on, each program with a fresh parent id of its own; tracestate, which is for vendors and may tell of a
// caller's systems, ends here. Trace ids are random: whoever sees one (a client's host, in a fetch) learns that
// requests belong together, and nothing about who made them.
namespace cimd::telemetry {

// The traceparent to pass on for one that came in, which may be an attacker's: version 00, the same trace and flags, a
// fresh parent id. Empty for a malformed one.
std::string ContinueTrace(std::string_view traceparent);

// The traceparent of a new trace, which nobody asked to be sampled.
std::string StartTrace();

// The trace id in a traceparent that was made here, 32 hexadecimal digits; empty for an empty one.
std::string_view TraceIdOf(std::string_view traceparent);

}  // namespace cimd::telemetry

#endif  // CIMD_SERVER_TELEMETRY_TRACE_CONTEXT_H_
