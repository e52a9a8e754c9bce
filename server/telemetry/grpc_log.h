#ifndef CIMD_SERVER_TELEMETRY_GRPC_LOG_H_
#define CIMD_SERVER_TELEMETRY_GRPC_LOG_H_

namespace cimd::telemetry {

// Sends what the gRPC library logs to the JSON log, as events "grpc". Its errors become warnings, because peers can
// cause them; its other messages are of severity debug. Strangers can cause a line for each connection, so at most ten
// lines a second are written. Applies to the whole process; to be called once, before gRPC is used.
void SendGrpcLogToJsonLog();

}  // namespace cimd::telemetry

#endif  // CIMD_SERVER_TELEMETRY_GRPC_LOG_H_
