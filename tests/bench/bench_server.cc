// cimd-server and, on a second port of the same process, a service that answers with constants: what there is to
// measure and what to measure it by, under one roof.

#include <signal.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/grpcpp.h"
#include "server/options.h"
#include "server/server.h"
#include "server/telemetry/json_log.h"
#include "tests/bench/constant.grpc.pb.h"

namespace cimd::bench {
namespace {

class Constants final : public ConstantService::CallbackService {
 public:
  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context, const GetConstantRequest* request,
                                Constant* response) override {
    response->mutable_value()->assign(static_cast<size_t>(request->size()), 'c');
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

// Waits for SIGTERM. --address_file gets two lines: the address of the server, and that of the constants.
int Main(int argc, char** argv) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // As cimd-server.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  ParsedOptions parsed = ParseServerOptions(argc, argv);
  if (!parsed.run) return parsed.exit_code;
  telemetry::SetLogSeverity(telemetry::Severity::kWarning);
  const std::string address_file = std::exchange(parsed.options.address_file, "");
  absl::StatusOr<std::unique_ptr<Server>> server = Server::Start(parsed.options);
  if (!server.ok()) {
    std::fprintf(stderr, "%s\n", std::string(server.status().message()).c_str());
    return 1;
  }
  Constants service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  std::unique_ptr<grpc::Server> constants = builder.BuildAndStart();
  if (constants == nullptr) return 1;
  // Complete before it has its name, for whoever waits for it.
  std::ofstream(address_file + ".new") << (*server)->address() << "\n127.0.0.1:" << port << std::endl;
  if (std::rename((address_file + ".new").c_str(), address_file.c_str()) != 0) return 1;
  int received = 0;
  sigwait(&signals, &received);
  constants->Shutdown();
  (*server)->Shutdown();
  return 0;
}

}  // namespace
}  // namespace cimd::bench

int main(int argc, char** argv) { return cimd::bench::Main(argc, argv); }
