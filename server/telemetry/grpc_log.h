#ifndef CIMD_SERVER_TELEMETRY_GRPC_LOG_H_
#define CIMD_SERVER_TELEMETRY_GRPC_LOG_H_

namespace cimd::telemetry {

// Redirects the log of the gRPC library to the JSON log, as events "grpc". Errors are logged as warnings, because peers
// can cause them; other messages are logged with severity debug. At most ten lines a second are written, because any
// peer can cause a line for each connection. Applies to the whole process. Must be called once, before gRPC is used.
void SendGrpcLogToJsonLog();

}  // namespace cimd::telemetry

#endif  // CIMD_SERVER_TELEMETRY_GRPC_LOG_H_
