#include <functional>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "tests/bench/assertions.h"
#include "tests/bench/scenarios.h"

namespace cimd::bench {

void MeasureAssertions(const Plan& plan, Report& report) {
  Setting setting(plan.work, plan.bench_server, plan.clients);
  const testing::TestSigner signer = testing::TestSigner::Ec(jose::KeyType::kEcP256);
  RegisterConfidentialClient(setting, signer);
  const std::string run = std::to_string(absl::ToUnixMicros(absl::Now()));
  const v1::VerifyClientAssertionRequest request = VerificationOf(SignAssertion(signer, kIssuer, run));
  v1::VerifyClientAssertionResponse response;
  const grpc::Status status =
      setting.Call(*setting.metadata, &v1::MetadataService::Stub::VerifyClientAssertion, request, response);
  Require(status.ok() && response.valid(), "the assertion is refused: " + response.ShortDebugString());

  // One call at a time, so that the parts of its time can be added up.
  const LoadOptions alone = {.in_flight = 1, .duration = plan.slice / 2};
  const Begin constants = setting.Constants(request.ByteSizeLong(), response.ByteSizeLong());
  const std::function<bool()> bare = signer.BareVerification(jose::Algorithm::kEs256, request.client_assertion());
  Histogram wholes;
  Histogram calls;
  Histogram signatures;
  for (int pair = 0; pair < plan.pairs; ++pair) {
    // Signed before the clock starts: signing is the client's work.
    std::vector<std::string> assertions;
    for (int i = 0; i < 20'000; ++i)
      assertions.push_back(SignAssertion(signer, kIssuer, fmt::format("{}-{}-{}", run, pair, i)));
    const Load verified = Run(alone, Verifications(setting, assertions));
    Require(verified.failed == 0, verified.first_failure);
    wholes.Merge(verified.latency);
    calls.Merge(Run(alone, constants).latency);
    const absl::Time end = absl::Now() + plan.slice / 4;
    for (absl::Time begin = absl::Now(); begin < end;) {
      Require(bare(), "the signature");
      const absl::Time now = absl::Now();
      signatures.Record(now - begin);
      begin = now;
    }
  }
  const absl::Duration whole = wholes.Percentile(0.5);
  const absl::Duration signature = signatures.Percentile(0.5);
  const absl::Duration call = calls.Percentile(0.5);
  report.Add({"VerifyClientAssertion ES256: time of one call", "one verification of OpenSSL and one constant",
              absl::FDivDuration(signature + call, whole), 0.85, true,
              fmt::format("{} and {} + {}", absl::FormatDuration(whole), absl::FormatDuration(signature),
                          absl::FormatDuration(call))});
}

}  // namespace cimd::bench
