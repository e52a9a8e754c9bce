// Prints how many client assertions per second one core verifies. Prints OpenSSL's rate with the same key for
// comparison: only the signature check, with a context that is set up once and, for RSA and ECDSA, a precomputed hash.
// `openssl speed` measures the same. The measurements run in alternating short slices, and the best tenth of the slices
// counts, because other load on the machine slows some slices down.

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "server/jose/algorithm.h"
#include "server/jose/client_assertion.h"
#include "server/jose/jwk.h"
#include "server/jose/jwk_set.h"
#include "server/jose/jws.h"
#include "tests/server/jose/test_signer.h"

namespace cimd::jose {
namespace {

using ::cimd::testing::TestSigner;
using Work = std::function<bool()>;

constexpr char kClaims[] =
    R"({"iss":"https://app.example/oauth/client.json","sub":"https://app.example/oauth/client.json",)"
    R"("aud":"https://login.example.com/","jti":"4be3ed7e-7b1d-4f05-9e1c-1c7b6f0b5c56",)"
    R"("iat":1800000000,"exp":1800000060})";

// Returns the calls per second of each function.
std::vector<double> Rates(const std::vector<Work>& works) {
  using Clock = std::chrono::steady_clock;
  constexpr int kSlices = 300;
  constexpr int kCalls = 40;
  std::vector<std::vector<double>> seconds(works.size());
  for (int slice = 0; slice < kSlices; ++slice) {
    for (size_t i = 0; i < works.size(); ++i) {
      const Clock::time_point start = Clock::now();
      for (int call = 0; call < kCalls; ++call) {
        if (!works[i]()) std::abort();
      }
      seconds[i].push_back(std::chrono::duration<double>(Clock::now() - start).count() / kCalls);
    }
  }
  std::vector<double> rates;
  for (std::vector<double>& samples : seconds) {
    std::nth_element(samples.begin(), samples.begin() + kSlices / 10, samples.end());
    rates.push_back(1 / samples[kSlices / 10]);
  }
  return rates;
}

void Measure(Algorithm algorithm, const TestSigner& signer) {
  const std::string header = R"({"alg":")" + std::string(AlgorithmName(algorithm)) + R"(","kid":"k","typ":"JWT"})";
  const std::string compact = signer.Sign(algorithm, header, kClaims);
  const JwkSet set = ParseJwkSet(R"({"keys":[)" + signer.PublicJwk(R"("kid":"k")") + "]}", KeyProfile::kStandard);
  const Jws jws = std::get<Jws>(ParseJws(compact));
  const AssertionExpectations expected = {.client_id = "https://app.example/oauth/client.json",
                                          .issuer = "https://login.example.com/"};
  const Work whole = [&] {
    const auto checked = CheckedAssertion::Check(std::get<ParsedAssertion>(ParsedAssertion::Parse(compact)), expected,
                                                 absl::FromUnixSeconds(1'800'000'000));
    return std::holds_alternative<VerifiedAssertion>(
        VerifiedAssertion::Verify(std::get<CheckedAssertion>(checked), set.keys));
  };
  const std::vector<double> rates = Rates(
      {signer.BareVerification(algorithm, jws.signing_input), [&] { return VerifyJws(jws, set.keys[0]); }, whole});
  std::printf("%-8s %12.0f %12.0f %5.1f %% %12.0f %5.1f %%\n", std::string(AlgorithmName(algorithm)).c_str(), rates[0],
              rates[1], 100 * rates[1] / rates[0], rates[2], 100 * rates[2] / rates[0]);
}

int Main() {
  std::printf("%-8s %12s %12s %7s %12s %7s\n", "verify/s", "OpenSSL", "VerifyJws", "", "assertion", "");
  Measure(Algorithm::kRs256, TestSigner::Rsa(2048));
  Measure(Algorithm::kPs256, TestSigner::Rsa(2048));
  Measure(Algorithm::kEs256, TestSigner::Ec(KeyType::kEcP256));
  Measure(Algorithm::kEs384, TestSigner::Ec(KeyType::kEcP384));
  Measure(Algorithm::kEd25519, TestSigner::Ed25519());
  return 0;
}

}  // namespace
}  // namespace cimd::jose

int main() { return cimd::jose::Main(); }
