#ifndef CIMD_SERVER_TELEMETRY_METRIC_NAMES_H_
#define CIMD_SERVER_TELEMETRY_METRIC_NAMES_H_

// Every metric of the two programs, with its labels: the one list that dashboards, alerts and the README refer to.
namespace cimd::telemetry {

// --- cimd-server -----------------------------------------------------------------------------------------------------

// Counter {method, code, reason}: calls that ended. The reason of a call that was answered with a denied decision is
// the decision's error.
inline constexpr char kRpcCalls[] = "cimd_rpc_calls_total";
// Histogram {method}: seconds from a call's arrival to its answer.
inline constexpr char kRpcSeconds[] = "cimd_rpc_seconds";
// Counter {outcome, reason}: decisions, those in batches too. The reason is the first check that failed, "OK" for
// "allowed". A token request is decided twice when the client's keys are fetched again for it.
inline constexpr char kDecisions[] = "cimd_decisions_total";
// Counter {reason}: client assertions that were verified; "OK" for valid ones.
inline constexpr char kAssertions[] = "cimd_assertions_total";
// Counter {kind, reason}: fetches. Both labels are "OK" for successful ones.
inline constexpr char kFetches[] = "cimd_fetches_total";
// Histogram: seconds that fetches took. Fetches that were not attempted are not included.
inline constexpr char kFetchSeconds[] = "cimd_fetch_seconds";
// Gauge: fetches under way.
inline constexpr char kFetchesUnderWay[] = "cimd_fetches_under_way";
// Counter {outcome}: key sets that the server refreshed in the background: "OK", "FETCH_FAILED" or "STORE_FAILED".
inline constexpr char kKeyRefreshes[] = "cimd_key_refreshes_total";
// Histogram {operation}: seconds that the store took for a "read" of one key, a "scan" of a range or a "commit". One
// read of 16 is timed and counts for all of them.
inline constexpr char kStoreSeconds[] = "cimd_store_operation_seconds";
// Counter: commits that became durable.
inline constexpr char kCommits[] = "cimd_store_commits_total";
// Histogram: commits that shared one synchronous write.
inline constexpr char kCommitGroupSize[] = "cimd_store_commit_group_size";
// Histogram: seconds that synchronous writes took.
inline constexpr char kCommitSyncSeconds[] = "cimd_store_commit_sync_seconds";
// Gauge: bytes that the store takes on disk, its log and history included.
inline constexpr char kStoreBytes[] = "cimd_store_bytes";
// Gauge: bytes that are free where the store is; absent when the file system does not report them.
inline constexpr char kStoreFreeBytes[] = "cimd_store_free_bytes";
// Gauge: 1 while changes can be stored, else 0.
inline constexpr char kStoreWritable[] = "cimd_store_writable";
// Counter {cache, outcome}: look-ups, each a "hit" or a "miss", in "blocks" of the database and parsed "client_keys".
inline constexpr char kCacheLookups[] = "cimd_cache_lookups_total";
// Gauge: open streams of changes. kRpcCalls counts how they end; the reason is WATCH_TOO_SLOW for streams that the
// server cut off.
inline constexpr char kStreams[] = "cimd_watch_streams";
// Counter {method}: messages with changes that the transport accepted, counted for each stream.
inline constexpr char kStreamMessages[] = "cimd_watch_messages_total";
// Histogram: seconds from when the server observed a commit to when the transport accepted the message with its
// changes.
inline constexpr char kStreamLagSeconds[] = "cimd_watch_lag_seconds";
// Counter: audit events that were linked into the hash chain of their log.
inline constexpr char kLinkedAuditEvents[] = "cimd_audit_linked_events_total";
// Gauge: seconds since the oldest commit whose audit events are not linked yet; 0 when all are.
inline constexpr char kAuditBacklogSeconds[] = "cimd_audit_backlog_seconds";
// Counter: records that background tasks could not parse and skipped. `cimdctl admin check` names them.
inline constexpr char kUnreadableRecords[] = "cimd_store_unreadable_records_total";
// Gauge {version}: always 1.
inline constexpr char kBuildInfo[] = "cimd_build_info";

// --- cimd-gateway ----------------------------------------------------------------------------------------------------

// Counter {method, route, status}: requests that were answered, by the route's template ("none" where there is no such
// path or method, with the method "other") and the class of the status: "2xx".
inline constexpr char kGatewayRequests[] = "cimd_gateway_requests_total";
// Histogram {method, route}: seconds from a request's last byte to its answer.
inline constexpr char kGatewayRequestSeconds[] = "cimd_gateway_request_seconds";
// Gauge: requests in progress.
inline constexpr char kGatewayRequestsUnderWay[] = "cimd_gateway_requests_under_way";
// Counter {status}: requests and connections that were refused before routing: 413 for a body that is too large, 414
// and 431 for headers, 408 for requests that did not arrive in time, 400 for malformed requests, 503 for connections
// beyond the limit.
inline constexpr char kGatewayRefused[] = "cimd_gateway_refused_total";
// Counter {method, code}: calls of the server that ended, by gRPC method and code.
inline constexpr char kGatewayCalls[] = "cimd_gateway_rpc_calls_total";
// Gauge {version}: always 1.
inline constexpr char kGatewayBuildInfo[] = "cimd_gateway_build_info";

}  // namespace cimd::telemetry

#endif  // CIMD_SERVER_TELEMETRY_METRIC_NAMES_H_
