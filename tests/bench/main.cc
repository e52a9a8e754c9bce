// cimd-bench: measures the control plane beside its limits. See README.md here, and `run`.

#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "tests/bench/scenarios.h"

namespace cimd::bench {
namespace {

// In the order of the table. Each is run in a process of its own, so that one that fails takes no other with it.
const std::vector<std::pair<std::string, void (*)(const Plan&, Report&)>> kParts = {
    {"stores", MakeStores},
    {"lookups", MeasureLookups},
    {"decisions", MeasureDecisions},
    {"assertions", MeasureAssertions},
    {"registrations", MeasureRegistrations},
    {"etcd", MeasureBesideEtcd},
    {"node", MeasureBesideNode},
    {"gateway", MeasureGateway},
    {"listing", MeasureListing},
    {"watches", MeasureWatches},
    {"growth", MeasureGrowth}};

std::vector<std::string> PartNames() {
  std::vector<std::string> names;
  for (const auto& [name, measure] : kParts) names.push_back(name);
  return names;
}

int Main(int argc, char** argv) {
  Plan plan;
  Publication publication;
  std::string results = ".";
  std::string part;
  double slice_seconds = 2;
  bool list = false;
  CLI::App app("Measures a CIMD control plane beside its limits: one part, or with none publishes what was measured.",
               "cimd-bench");
  app.add_flag("--list", list, "Print the parts");
  app.add_option("--part", part, "What to measure")->check(CLI::IsMember(PartNames()));
  app.add_option("--results", results, "Directory for what was measured");
  app.add_option("--work", plan.work, "Directory for stores; those that are there are used again");
  app.add_option("--bench_server", plan.bench_server, "The program bench_server");
  app.add_option("--gateway", plan.gateway, "The program cimd-gateway");
  app.add_option("--node", plan.node, "Node.js");
  app.add_option("--node_packages", plan.node_packages, "Directory with oidc_provider.mjs and the packages it needs");
  app.add_option("--clients", plan.clients, "Stored clients")->capture_default_str();
  app.add_option("--few_clients", plan.few_clients, "Stored clients of the smaller store")->capture_default_str();
  app.add_option("--pairs", plan.pairs, "Slices of each figure and of its limit, by turns")->capture_default_str();
  app.add_option("--slice_seconds", slice_seconds, "Length of a slice")->capture_default_str();
  app.add_option("--table_file", publication.table_file, "Markdown file to put the table into");
  app.add_option("--headlines_file", publication.headlines_file, "Markdown file to put the headlines into");
  app.add_option("--plot_file", publication.plot_file, "Where to write the plot as well");
  CLI11_PARSE(app, argc, argv);
  plan.slice = absl::Seconds(slice_seconds);
  if (list) {
    for (const std::string& name : PartNames()) std::printf("%s\n", name.c_str());
    return 0;
  }
  std::filesystem::create_directories(results);
  if (part.empty()) return Publish(results, PartNames(), publication) ? 0 : 1;

  Report report;
  try {
    for (const auto& [name, measure] : kParts) {
      if (name == part) measure(plan, report);
    }
  } catch (const CannotMeasure& reason) {
    std::fprintf(stderr, "cannot measure: %s\n", reason.what());
    return 1;
  }
  return report.Write(results, part) ? 0 : 1;
}

}  // namespace
}  // namespace cimd::bench

int main(int argc, char** argv) { return cimd::bench::Main(argc, argv); }
