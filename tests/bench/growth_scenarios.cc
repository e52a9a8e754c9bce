#include <algorithm>
#include <string>

#include "fmt/format.h"
#include "tests/bench/scenarios.h"
#include "tests/bench/seed.h"

namespace cimd::bench {

void MakeStores(const Plan& plan, Report&) {
  for (const uint64_t clients : {plan.few_clients, plan.clients}) {
    Setting setting(plan.work, plan.bench_server, clients);
    setting.WaitUntilIdle();
    setting.Stop();
  }
}

void MeasureGrowth(const Plan& plan, Report& report) {
  Setting many(plan.work, plan.bench_server, plan.clients);
  report.Add({.what = fmt::format("Start over {} clients, seconds to the first answer", many.clients),
              .beside = "2 seconds",
              .ratio = absl::ToDoubleSeconds(many.start_time),
              .goal = 2,
              .more_is_better = false,
              .figures = absl::FormatDuration(many.start_time)});

  Setting few(plan.work, plan.bench_server, plan.few_clients);
  const LoadOptions slice = {.in_flight = 32, .duration = plan.slice};
  const std::string beside = fmt::format("{} clients", few.clients);
  const Compared lookups = Compare(slice, plan.pairs, Lookups(many, Uniform), Lookups(few, Uniform));
  report.Add({fmt::format("LookupClient with {} clients: slowdown", many.clients), beside, 1 / lookups.throughput_ratio,
              1.3, false, RatesText(lookups), true});
  const Compared decisions = Compare(slice, plan.pairs, AuthorizeRequests(many), AuthorizeRequests(few));
  report.Add({fmt::format("AuthorizeRequest with {} clients: slowdown", many.clients), beside,
              1 / decisions.throughput_ratio, 1.3, false, RatesText(decisions)});

  // After all these reads, with caches full.
  const double millions = static_cast<double>(many.clients) / 1e6;
  const double megabytes = static_cast<double>(many.ResidentBytes()) / 1e6;
  report.Add({"Memory after the reads, MB per million clients", "300 MB", megabytes / std::max(millions, 1.0), 300,
              false, fmt::format("{:.0f} MB resident with {} clients", megabytes, many.clients)});
}

}  // namespace cimd::bench
