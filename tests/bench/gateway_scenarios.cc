#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "tests/bench/scenarios.h"
#include "tests/bench/seed.h"
#include "tests/bench/wrk.h"
#include "tests/testing/https_origin.h"
#include "tests/testing/temp_dir.h"

namespace cimd::bench {
namespace {

constexpr char kMetadataPath[] = "/.well-known/oauth-authorization-server";

// A gateway process in front of a setting's server.
class Gateway {
 public:
  Gateway(const Plan& plan, const Setting& setting, const std::string& directory) {
    const std::string address_file = directory + "/gateway.address";
    process_ = std::make_unique<testing::ChildProcess>(
        std::vector<std::string>{plan.gateway, "--listen=127.0.0.1:0", "--server=" + setting.address,
                                 "--token_file=" + setting.data_dir + "/admin-token", "--log_severity=warning",
                                 "--default_tenant=default", "--address_file=" + address_file},
        directory + "/gateway.log");
    url = "http://" + testing::WaitForLine(address_file, *process_);
    Require(url.size() > 7, "the gateway did not start");
  }

  std::string url;

 private:
  std::unique_ptr<testing::ChildProcess> process_;
};

// nginx with one static file.
class Nginx {
 public:
  Nginx(const std::string& directory, const std::string& content) {
    std::ofstream(directory + "/file.json") << content;
    // A socket of the file system would need another load generator; so a port, which nginx cannot choose itself.
    for (int port = 28000; port < 28100 && url.empty(); ++port) Try(directory, port);
    Require(!url.empty(), "nginx did not start");
  }
  // Its workers outlive a master that is killed.
  ~Nginx() {
    process_->Signal(SIGTERM);
    process_->Wait();
  }

  std::string url;

 private:
  void Try(const std::string& directory, int port) {
    std::ofstream(directory + "/nginx.conf") << fmt::format(
        "daemon off; worker_processes 2; pid {0}/nginx.pid; error_log {0}/nginx.log;\n"
        "events {{ worker_connections 512; }}\n"
        "http {{ access_log off; types {{ application/json json; }} keepalive_requests 1000000000;\n"
        "  client_body_temp_path {0}; proxy_temp_path {0}; fastcgi_temp_path {0}; uwsgi_temp_path {0};\n"
        "  scgi_temp_path {0}; server {{ listen 127.0.0.1:{1}; root {0}; }} }}\n",
        directory, port);
    process_ = std::make_unique<testing::ChildProcess>(
        std::vector<std::string>{"/usr/bin/env", "nginx", "-c", directory + "/nginx.conf", "-e",
                                 directory + "/nginx.log"},
        directory + "/nginx.out");
    const std::string candidate = fmt::format("http://127.0.0.1:{}/file.json", port);
    while (process_->running()) {
      if (testing::RunToEnd({"/usr/bin/env", "curl", "-sf", "-o", "/dev/null", candidate}).exit_status == 0) {
        url = candidate;
        return;
      }
    }
  }

  std::unique_ptr<testing::ChildProcess> process_;
};

void MeasureMetadata(const Plan& plan, const Gateway& gateway, Report& report) {
  const testing::Finished document = testing::RunToEnd({"/usr/bin/env", "curl", "-sf", gateway.url + kMetadataPath});
  Require(document.exit_status == 0 && !document.out.empty(), "the metadata: " + document.err);
  const testing::TempDir directory;
  // nginx's workers may be of another user.
  chmod(directory.path().c_str(), 0755);
  const Nginx nginx(directory.path(), document.out);
  std::vector<double> ratios;
  double served = 0;
  double files = 0;
  for (int i = 0; i < plan.pairs; ++i) {
    const WrkResult one = RunWrk(gateway.url + kMetadataPath, 32, plan.slice);
    const WrkResult other = RunWrk(nginx.url, 32, plan.slice);
    Require(one.failed == 0 && other.failed == 0, "some answers were no success");
    ratios.push_back(one.per_second / other.per_second);
    served += one.per_second / plan.pairs;
    files += other.per_second / plan.pairs;
  }
  report.Add({"GET authorization server metadata: answers per second", "nginx, a static file of the same size",
              Median(std::move(ratios)), 0.5, true, fmt::format("{:.0f} /s and {:.0f} /s", served, files), true});
}

// The median time that curl takes to read the document, connection and TLS handshake included, as for the server.
absl::Duration BareFetch(const testing::HttpsOrigin& origin, const std::string& url) {
  std::vector<std::string> command = {
      "/usr/bin/env",         "curl",           "-sf", "--cacert",        origin.ca_file(), "--resolve",
      origin.resolve_entry(), "--no-sessionid", "-w",  "%{time_total}\\n"};
  // All in one process, which reads the authority's certificate once.
  for (int i = 0; i < 100; ++i) command.insert(command.end(), {"-o", "/dev/null", url});
  const testing::Finished finished = testing::RunToEnd(command);
  Require(finished.exit_status == 0, "curl: " + finished.err);
  std::vector<double> seconds;
  std::istringstream lines(finished.out);
  for (double one = 0; lines >> one;) seconds.push_back(one);
  Require(seconds.size() == 100, "curl's times");
  return absl::Seconds(Median(std::move(seconds)));
}

void MeasurePreview(const Plan& plan, Report& report) {
  testing::HttpsOrigin origin;
  const std::string url = origin.url("/client.json");
  origin.Serve("/client.json", {.body = ClientDocument(url)});
  Setting setting(plan.work, plan.bench_server, 2,
                  {"--fetch_ca_file=" + origin.ca_file(), "--fetch_resolve=" + origin.resolve_entry()});
  const testing::TempDir directory;
  const Gateway gateway(plan, setting, directory.path());
  const std::string script = fmt::format(
      "wrk.method = 'POST'\nwrk.body = '{{\"external_client_id\":\"{}\"}}'\n"
      "wrk.headers['Content-Type'] = 'application/json'\nwrk.headers['Authorization'] = 'Bearer {}'\n"
      "wrk.headers['x-cimd-tenant'] = 'default'\n",
      url, setting.token);
  const Begin constant = setting.Constants(120, 1500);
  std::vector<double> ratios, previews, fetches, calls;
  for (int i = 0; i < plan.pairs; ++i) {
    // One at a time, so that the parts of the time can be added up.
    const WrkResult preview = RunWrk(gateway.url + "/api/v2/clients/cimd/preview", 1, plan.slice, script);
    Require(preview.failed == 0, "some previews failed");
    const absl::Duration fetch = BareFetch(origin, url);
    const absl::Duration call = Run({.in_flight = 1, .duration = plan.slice / 4}, constant).latency.Percentile(0.5);
    ratios.push_back(absl::FDivDuration(fetch + call, preview.p50));
    previews.push_back(absl::ToDoubleSeconds(preview.p50));
    fetches.push_back(absl::ToDoubleSeconds(fetch));
    calls.push_back(absl::ToDoubleSeconds(call));
  }
  const auto text = [](std::vector<double> seconds) {
    return absl::FormatDuration(absl::Trunc(absl::Seconds(Median(std::move(seconds))), absl::Microseconds(1)));
  };
  report.Add({"POST preview: time of one", "curl to the same origin and one constant", Median(std::move(ratios)), 0.7,
              true, fmt::format("{} and {} + {}", text(previews), text(fetches), text(calls))});
}

}  // namespace

void MeasureGateway(const Plan& plan, Report& report) {
  for (const char* program : {"wrk", "nginx", "curl"}) {
    if (!IsInstalled(program)) {
      return report.Skip(fmt::format("there is no {} on this machine (packages wrk, nginx-light, curl)", program));
    }
  }
  {
    const Setting setting(plan.work, plan.bench_server, plan.few_clients);
    const testing::TempDir directory;
    const Gateway gateway(plan, setting, directory.path());
    MeasureMetadata(plan, gateway, report);
  }
  MeasurePreview(plan, report);
}

}  // namespace cimd::bench
