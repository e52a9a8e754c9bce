#ifndef CIMD_TESTS_BENCH_SCENARIOS_H_
#define CIMD_TESTS_BENCH_SCENARIOS_H_

#include <string>
#include <vector>

#include "tests/bench/report.h"
#include "tests/bench/setting.h"

// What is measured, and beside what; one source file for what belongs together. Each function adds its rows, or
// throws CannotMeasure.
namespace cimd::bench {

// Where things are, and how long to measure.
struct Plan {
  // For stores and whatever else has to be kept.
  std::string work;
  std::string bench_server;
  std::string gateway;
  // Node.js, and a directory with oidc_provider.mjs and what it needs; empty when there is no npm.
  std::string node;
  std::string node_packages;
  uint64_t clients = 1'000'000;
  // As many as there are one hundredth of; also for etcd, which takes long to fill.
  uint64_t few_clients = 10'000;
  int pairs = 7;
  absl::Duration slice = absl::Seconds(2);
};

// The stores that the others read, if they are not there yet: neither time nor machine is the figures' then.
void MakeStores(const Plan& plan, Report& report);

// Reads: LookupClient, decisions, listing.
void MeasureLookups(const Plan& plan, Report& report);
void MeasureDecisions(const Plan& plan, Report& report);
void MeasureListing(const Plan& plan, Report& report);

// VerifyClientAssertion beside OpenSSL.
void MeasureAssertions(const Plan& plan, Report& report);

// Durable registrations beside RocksDB alone.
void MeasureRegistrations(const Plan& plan, Report& report);

// Changes told to a thousand streams.
void MeasureWatches(const Plan& plan, Report& report);

// Few clients and many: speed, memory, start.
void MeasureGrowth(const Plan& plan, Report& report);

// Lookups and registrations beside etcd's range and put. Skipped aloud where there is no etcd.
void MeasureBesideEtcd(const Plan& plan, Report& report);

// What goes through the gateway, beside nginx and a bare client. Skipped aloud where wrk or nginx is missing.
void MeasureGateway(const Plan& plan, Report& report);

// VerifyClientAssertion beside the token endpoint of a server in Node. Skipped aloud where there is no npm.
void MeasureBesideNode(const Plan& plan, Report& report);

// The calls that several of them make.
Begin Lookups(Setting& setting, uint64_t (*choose)(uint64_t n, uint64_t count));
Begin AuthorizeRequests(Setting& setting);
Begin Registrations(Setting& setting, const std::string& label);

// "12,345 /s and 13,579 /s; p99 1.2 ms and 1.1 ms"
std::string RatesText(const Compared& compared);

}  // namespace cimd::bench

#endif  // CIMD_TESTS_BENCH_SCENARIOS_H_
