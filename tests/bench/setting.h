#ifndef CIMD_TESTS_BENCH_SETTING_H_
#define CIMD_TESTS_BENCH_SETTING_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "cimd/v1/grants_service.grpc.pb.h"
#include "cimd/v1/metadata_service.grpc.pb.h"
#include "cimd/v1/registration_service.grpc.pb.h"
#include "grpcpp/grpcpp.h"
#include "tests/bench/load.h"
#include "tests/testing/child_process.h"

namespace cimd::bench {

// What ends a part that has nothing to say, because something else than its speed is wrong with what it measures. An
// exception, so that the processes that the part has started end with it. Each part runs in a process of its own (see
// `run`), so the others go on.
struct CannotMeasure : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// Throws CannotMeasure when `ok` is false.
void Require(bool ok, const std::string& what);

// A port that nothing listens on now.
int FreePort();

// So many connections, not shared with anybody else in this process.
Channels NewChannels(const std::string& address, int count = 4);

// A server process over a store with so many clients, and connections to it. The tenant "default" has an issuer, an API
// with a default grant, a connection at domain level, and client 0 was registered through the server; the others are
// copies of it (see seed.h).
class Setting {
 public:
  // `work` is a directory for stores, which are kept and found again by later runs of the same program; `program` is
  // bench_server. `options` are further ones for the server.
  Setting(const std::string& work, const std::string& program, uint64_t clients,
          const std::vector<std::string>& options = {});
  ~Setting();

  // A call that blocks.
  template <typename Stub, typename Request, typename Response>
  grpc::Status Call(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response& response) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + token);
    return (stub.*method)(&context, request, &response);
  }

  // Calls of the constant whose request and answer are as long as these, and carry the same token.
  Begin Constants(size_t request_bytes, size_t response_bytes);

  // Waits until the server does nothing by itself, such as compacting what was stored.
  void WaitUntilIdle();

  // What the server's process has used so far, on all cores.
  absl::Duration CpuTime() const;

  // Of the server's process, in bytes.
  int64_t ResidentBytes() const;

  // The value of one of the server's metrics, summed over its labels.
  double Metric(const std::string& name) const;

  // Ends the server's process; the setting is of no further use but for its directory.
  void Stop();

  const uint64_t clients;
  std::string data_dir;
  std::string token;
  // host:port of the server, and of its metrics.
  std::string address;
  std::string metrics_address;
  // How long the process took from its start to its first answer.
  absl::Duration start_time;
  // For loads, and over the first of them for single calls.
  Channels channels;
  std::unique_ptr<v1::RegistrationService::Stub> registration;
  std::unique_ptr<v1::MetadataService::Stub> metadata;
  std::unique_ptr<v1::GrantsService::Stub> grants;

 private:
  void Start(const std::string& program, const std::vector<std::string>& options);
  void Furnish();

  Channels constants_;
  std::unique_ptr<testing::ChildProcess> process_;
};

inline constexpr char kParent[] = "tenants/default";
inline constexpr char kIssuer[] = "https://auth.example.net/";
inline constexpr char kTokenEndpoint[] = "https://auth.example.net/token";
inline constexpr char kAudience[] = "https://api.example.net/";
inline constexpr char kScope[] = "read:things";

}  // namespace cimd::bench

#endif  // CIMD_TESTS_BENCH_SETTING_H_
