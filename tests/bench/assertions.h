#ifndef CIMD_TESTS_BENCH_ASSERTIONS_H_
#define CIMD_TESTS_BENCH_ASSERTIONS_H_

#include <string>
#include <vector>

#include "tests/bench/load.h"
#include "tests/bench/setting.h"
#include "tests/server/jose/test_signer.h"

// Client assertions (private_key_jwt, ES256) and the client that makes them.
namespace cimd::bench {

inline constexpr char kConfidentialUrl[] = "https://keys.example.net/oauth/metadata.json";

// Registers a client with the signer's key in its document, or gives the registered one this key.
void RegisterConfidentialClient(Setting& setting, const testing::TestSigner& signer);

// Good for nearly five minutes from now.
std::string SignAssertion(const testing::TestSigner& signer, const std::string& audience, const std::string& jti);

v1::VerifyClientAssertionRequest VerificationOf(const std::string& assertion);

// Verifies assertion n; each is good for one call. They outlive the calls.
Begin Verifications(Setting& setting, const std::vector<std::string>& assertions);

}  // namespace cimd::bench

#endif  // CIMD_TESTS_BENCH_ASSERTIONS_H_
