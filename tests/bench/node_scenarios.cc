#include <algorithm>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "tests/bench/assertions.h"
#include "tests/bench/scenarios.h"
#include "tests/bench/wrk.h"
#include "tests/testing/temp_dir.h"

namespace cimd::bench {

void MeasureBesideNode(const Plan& plan, Report& report) {
  if (plan.node.empty()) return report.Skip("there is no npm on this machine");
  if (!IsInstalled("wrk")) return report.Skip("there is no wrk on this machine (package wrk)");
  Setting setting(plan.work, plan.bench_server, plan.clients);
  const testing::TestSigner signer = testing::TestSigner::Ec(jose::KeyType::kEcP256);
  RegisterConfidentialClient(setting, signer);
  const testing::TempDir directory;
  testing::ChildProcess provider({plan.node, plan.node_packages + "/oidc_provider.mjs", kConfidentialUrl,
                                  signer.PublicJwk(R"("kid":"k","alg":"ES256")"), directory / "port"},
                                 directory / "log");
  const std::string port = testing::WaitForLine(directory / "port", provider);
  Require(!port.empty(), "oidc-provider did not start");
  const std::string issuer = "http://127.0.0.1:" + port;

  double node = 0;
  double ours = 0;
  for (int pair = 0; pair < plan.pairs; ++pair) {
    const std::string run = fmt::format("{}-{}", absl::ToUnixMicros(absl::Now()), pair);
    // More than either can verify in the time, for each is good for once.
    const double seconds = std::max(1.0, absl::ToDoubleSeconds(plan.slice));
    const auto count = static_cast<size_t>(seconds * 15'000);
    std::ofstream bodies(directory / "bodies");
    for (size_t i = 0; i < count / 3; ++i) {
      bodies << "grant_type=client_credentials&client_assertion_type="
             << "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion="
             << SignAssertion(signer, issuer, fmt::format("{}-{}", run, i)) << "\n";
    }
    bodies.close();
    const std::string script = fmt::format(
        "local bodies = {{}}\nfor line in io.lines('{}') do bodies[#bodies + 1] = line end\nlocal n = 0\n"
        "request = function()\n  n = n % #bodies + 1\n"
        "  return wrk.format('POST', nil, {{['Content-Type'] = 'application/x-www-form-urlencoded'}}, "
        "bodies[n])\nend\n",
        directory / "bodies");
    const WrkResult tokens = RunWrk(issuer + "/token", 16, plan.slice, script);
    Require(tokens.failed == 0, fmt::format("oidc-provider refused {} assertions", tokens.failed));
    node += tokens.per_second / plan.pairs;

    std::vector<std::string> assertions;
    for (size_t i = 0; i < count; ++i)
      assertions.push_back(SignAssertion(signer, kIssuer, fmt::format("{}-{}", run, i)));
    const Load verified = Run({.in_flight = 16, .duration = plan.slice}, Verifications(setting, assertions));
    Require(verified.failed == 0, verified.first_failure);
    ours += verified.per_second / plan.pairs;
  }
  report.Add({"VerifyClientAssertion ES256: calls per second", "oidc-provider's token endpoint, two workers",
              ours / node, 4, true, fmt::format("{:.0f} /s and {:.0f} /s", ours, node), true});
}

}  // namespace cimd::bench
