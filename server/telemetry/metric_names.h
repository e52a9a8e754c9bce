#ifndef CIMD_SERVER_TELEMETRY_METRIC_NAMES_H_
#define CIMD_SERVER_TELEMETRY_METRIC_NAMES_H_

// Every metric of the server, with its labels: the one list that dashboards, alerts and the README refer to.
namespace cimd::telemetry {

// Counter {method, code, reason}: calls that ended. The reason of a call that was answered with a denied decision is
// the decision's error.
inline constexpr char kRpcCalls[] = "cimd_rpc_calls_total";
// Histogram {method}: seconds from a call's arrival to its answer.
inline constexpr char kRpcSeconds[] = "cimd_rpc_seconds";
// Counter {kind, reason}: fetches; both "OK" for those that succeeded.
inline constexpr char kFetches[] = "cimd_fetches_total";
// Histogram: seconds that fetches took; those that were not tried are left out.
inline constexpr char kFetchSeconds[] = "cimd_fetch_seconds";
// Counter {reason}: client assertions that were judged; "OK" for valid ones.
inline constexpr char kAssertions[] = "cimd_assertions_total";
// Counter: commits that became durable.
inline constexpr char kCommits[] = "cimd_store_commits_total";
// Histogram: commits that shared one synchronous write.
inline constexpr char kCommitGroupSize[] = "cimd_store_commit_group_size";
// Histogram: seconds that synchronous writes took.
inline constexpr char kCommitSyncSeconds[] = "cimd_store_commit_sync_seconds";
// Gauge: streams of changes that are open. How they end is in kRpcCalls: WATCH_TOO_SLOW for those that were cut off.
inline constexpr char kStreams[] = "cimd_watch_streams";
// Counter {method}: messages with changes that the transport took, counted for each stream.
inline constexpr char kStreamMessages[] = "cimd_watch_messages_total";
// Histogram: seconds from when the server learnt of a commit to when the transport took the message that tells of it.
inline constexpr char kStreamLagSeconds[] = "cimd_watch_lag_seconds";
// Counter: audit events that were linked into the hash chain of their log.
inline constexpr char kLinkedAuditEvents[] = "cimd_audit_linked_events_total";
// Gauge: audit logs whose newest events could not be linked when it was last tried.
inline constexpr char kUnlinkedAuditLogs[] = "cimd_audit_unlinked_logs";
// Gauge {version}: always 1.
inline constexpr char kBuildInfo[] = "cimd_build_info";

}  // namespace cimd::telemetry

#endif  // CIMD_SERVER_TELEMETRY_METRIC_NAMES_H_
