// Prints how many client assertions per second one core verifies, from the request's parameters to the record of used
// assertions, with a real store and without gRPC. Prints the rate of OpenSSL's EVP interface with the same key for
// comparison. Both run in alternating short slices, and the best tenth of the slices counts, as in
// tests/server/jose/jose_benchmark.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/server/assertions/assertion_setting.h"
#include "tests/server/jose/test_signer.h"

namespace cimd::services {
namespace {

using jose::Algorithm;
using jose::KeyType;
using testing::TestSigner;
using Timer = std::chrono::steady_clock;

constexpr int kSlices = 100;
constexpr int kCalls = 20;

double Best(std::vector<double>& seconds) {
  std::nth_element(seconds.begin(), seconds.begin() + seconds.size() / 10, seconds.end());
  return seconds[seconds.size() / 10];
}

void Measure(Algorithm algorithm, const TestSigner& signer) {
  testing::AssertionSetting setting(signer);
  std::vector<std::string> assertions;
  for (int i = 0; i < kSlices * kCalls; ++i) {
    assertions.push_back(setting.Sign(signer, algorithm, absl::StrCat(i, "-4be3ed7e-7b1d-4f05-9e1c")));
  }
  const auto bare = signer.BareVerification(algorithm, assertions[0].substr(0, assertions[0].rfind('.')));
  std::vector<double> bare_seconds;
  std::vector<double> whole_seconds;
  for (int slice = 0; slice < kSlices; ++slice) {
    Timer::time_point start = Timer::now();
    for (int i = 0; i < kCalls; ++i) {
      if (!bare()) std::abort();
    }
    bare_seconds.push_back(std::chrono::duration<double>(Timer::now() - start).count() / kCalls);
    start = Timer::now();
    for (int i = 0; i < kCalls; ++i) {
      const auto verdict = setting.Verify(assertions[slice * kCalls + i]);
      if (!verdict.ok() || !verdict->valid()) std::abort();
    }
    whole_seconds.push_back(std::chrono::duration<double>(Timer::now() - start).count() / kCalls);
  }
  const double signature = Best(bare_seconds);
  const double whole = Best(whole_seconds);
  std::printf("%-8s %12.0f %12.0f %9.1f us %9.1f us %6.1f %%\n", std::string(AlgorithmName(algorithm)).c_str(),
              1 / signature, 1 / whole, 1e6 * signature, 1e6 * whole, 100 * signature / whole);
}

}  // namespace
}  // namespace cimd::services

int main() {
  using namespace cimd;
  std::printf("%-8s %12s %12s %12s %12s %8s\n", "", "OpenSSL/s", "verified/s", "signature", "whole", "share");
  services::Measure(jose::Algorithm::kRs256, testing::TestSigner::Rsa(2048));
  services::Measure(jose::Algorithm::kPs256, testing::TestSigner::Rsa(2048));
  services::Measure(jose::Algorithm::kEs256, testing::TestSigner::Ec(jose::KeyType::kEcP256));
  services::Measure(jose::Algorithm::kEd25519, testing::TestSigner::Ed25519());
  return 0;
}
