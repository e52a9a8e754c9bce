#include <cmath>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "fmt/format.h"
#include "tests/bench/rocksdb_baseline.h"
#include "tests/bench/scenarios.h"
#include "tests/bench/seed.h"

namespace cimd::bench {
namespace {

constexpr int kWriters = 64;

}  // namespace

Begin Registrations(Setting& setting, const std::string& label) {
  return Unary<v1::RegisterClientRequest, v1::RegisterClientResponse>(
      setting.channels, "/cimd.v1.RegistrationService/RegisterClient",
      [label](uint64_t n, v1::RegisterClientRequest& request) {
        request.set_parent(kParent);
        request.set_external_client_id(fmt::format("https://{}-{}.example.net/oauth/metadata.json", label, n));
        request.set_document(ClientDocument(request.external_client_id()));
      },
      [](const v1::RegisterClientResponse& response) { return response.has_client(); }, setting.token);
}

void MeasureRegistrations(const Plan& plan, Report& report) {
  // A new one in each run.
  const std::string work = plan.work + "/registrations";
  std::filesystem::remove_all(work);
  std::string data_dir;
  {
    Setting first(work, plan.bench_server, 1);
    data_dir = first.data_dir;
    first.Stop();
  }
  const absl::StatusOr<Registration> written = ReadRegistration(data_dir);
  Require(written.ok(), std::string(written.status().message()));

  Setting setting(work, plan.bench_server, 1);
  const LoadOptions load = {.in_flight = kWriters, .duration = plan.slice};
  const Begin registrations = Registrations(setting, "writer");
  std::vector<double> ratios;
  double registered = 0;
  double alone = 0;
  double group = 0;
  Histogram latency;
  for (int i = 0; i < plan.pairs; ++i) {
    const double commits = setting.Metric("cimd_store_commits_total");
    const double groups = setting.Metric("cimd_store_commit_group_size_count");
    const Load slice = Run(load, registrations, static_cast<uint64_t>(i) << 32);
    Require(slice.failed == 0, slice.first_failure);
    const double mean_group = (setting.Metric("cimd_store_commits_total") - commits) /
                              (setting.Metric("cimd_store_commit_group_size_count") - groups);
    const auto writes =
        SyncedWritesPerSecond(work + "/rocksdb", static_cast<int>(std::lround(mean_group)) * written->keys,
                              static_cast<int>(written->bytes / written->keys), plan.slice);
    Require(writes.ok(), std::string(writes.status().message()));
    const double alone_now = *writes * std::round(mean_group);
    ratios.push_back(slice.per_second / alone_now);
    registered += slice.per_second / plan.pairs;
    alone += alone_now / plan.pairs;
    group += mean_group / plan.pairs;
    latency.Merge(slice.latency);
  }
  report.Add({.what = "RegisterClient, durable, 64 writers: registrations per second",
              .beside = "RocksDB alone, synced writes of groups as large",
              .ratio = Median(std::move(ratios)),
              .goal = 0.7,
              .figures = fmt::format(
                  "{:.0f} /s and {:.0f} /s in groups of {:.1f}; {} keys, {} bytes each; p50 {}, p99 {}", registered,
                  alone, group, written->keys, written->bytes, absl::FormatDuration(latency.Percentile(0.5)),
                  absl::FormatDuration(latency.Percentile(0.99))),
              .headline = true});
}

}  // namespace cimd::bench
