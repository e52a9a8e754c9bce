#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "tests/bench/etcd_kv.grpc.pb.h"
#include "tests/bench/scenarios.h"
#include "tests/bench/seed.h"
#include "tests/bench/wrk.h"

namespace cimd::bench {
namespace {

using etcdserverpb::PutRequest;
using etcdserverpb::PutResponse;
using etcdserverpb::RangeRequest;
using etcdserverpb::RangeResponse;

// etcd of one member over a new directory, filled with `keys` values.
class Etcd {
 public:
  Etcd(const std::string& directory, uint64_t keys, const std::string& value) {
    const std::string address = fmt::format("127.0.0.1:{}", FreePort());
    const std::string peer = fmt::format("http://127.0.0.1:{}", FreePort());
    process_ = std::make_unique<testing::ChildProcess>(
        std::vector<std::string>{"etcd", "--data-dir=" + directory + "/data", "--listen-client-urls=http://" + address,
                                 "--advertise-client-urls=http://" + address, "--listen-peer-urls=" + peer,
                                 "--initial-advertise-peer-urls=" + peer, "--initial-cluster=default=" + peer,
                                 "--log-level=error", "--quota-backend-bytes=8589934592"},
        directory + "/log");
    channels_ = NewChannels(address);
    for (const auto& channel : channels_) {
      Require(channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(30)), "etcd");
    }
    Fill(keys, value);
  }

  Begin Ranges(uint64_t keys) {
    return Unary<RangeRequest, RangeResponse>(
        channels_, "/etcdserverpb.KV/Range",
        [keys](uint64_t n, RangeRequest& request) {
          request.set_key(ClientUrl(Uniform(n, keys)));
          request.set_serializable(true);
        },
        [](const RangeResponse& response) { return response.kvs_size() == 1; });
  }

  // `label` keeps the keys of one use apart from those of another.
  Begin Puts(const std::string& label, const std::string& value) {
    return Unary<PutRequest, PutResponse>(
        channels_, "/etcdserverpb.KV/Put",
        [label, value](uint64_t n, PutRequest& request) {
          request.set_key(fmt::format("https://{}-{}.example.net/oauth/metadata.json", label, n));
          request.set_value(value);
        },
        [](const PutResponse&) { return true; });
  }

 private:
  void Fill(uint64_t keys, const std::string& value) {
    std::atomic<uint64_t> stored = 0;
    const Begin puts = Unary<PutRequest, PutResponse>(
        channels_, "/etcdserverpb.KV/Put",
        [&](uint64_t n, PutRequest& request) {
          request.set_key(ClientUrl(n % keys));
          request.set_value(value);
          ++stored;
        },
        [](const PutResponse&) { return true; });
    while (stored < keys) {
      const Load load = Run({.in_flight = 256, .duration = absl::Seconds(1)}, puts, stored);
      Require(load.failed == 0, load.first_failure);
    }
  }

  Channels channels_;
  std::unique_ptr<testing::ChildProcess> process_;
};

}  // namespace

void MeasureBesideEtcd(const Plan& plan, Report& report) {
  if (!IsInstalled("etcd")) return report.Skip("there is no etcd on this machine (package etcd-server)");
  Setting setting(plan.work, plan.bench_server, plan.clients);
  v1::LookupClientRequest request;
  request.set_parent(kParent);
  request.set_external_client_id(ClientUrl(0));
  v1::Client client;
  const grpc::Status status =
      setting.Call(*setting.registration, &v1::RegistrationService::Stub::LookupClient, request, client);
  Require(status.ok(), status.error_message());
  // On the disk of the other stores.
  const std::string work = plan.work + "/etcd";
  std::filesystem::remove_all(work);
  std::filesystem::create_directories(work);
  Etcd etcd(work, plan.few_clients, client.SerializeAsString());
  const LoadOptions reads = {.in_flight = 32, .duration = plan.slice};
  const Compared read = Compare(reads, plan.pairs, Lookups(setting, Uniform), etcd.Ranges(plan.few_clients));
  report.Add({fmt::format("LookupClient, {} clients: calls per second", setting.clients),
              fmt::format("etcd, serializable range, {} keys", plan.few_clients), read.throughput_ratio, 1, true,
              RatesText(read), true});

  Setting writable(work, plan.bench_server, plan.few_clients);
  const LoadOptions writes = {.in_flight = 64, .duration = plan.slice};
  const Compared written = Compare(writes, plan.pairs, Registrations(writable, "new"),
                                   etcd.Puts("new", ClientDocument(ClientUrl(0)) + client.SerializeAsString()));
  report.Add({"RegisterClient, durable, 64 writers: calls per second", "etcd, put of as many bytes",
              written.throughput_ratio, 1, true, RatesText(written), true});
}

}  // namespace cimd::bench
