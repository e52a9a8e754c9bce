// Prints how many client assertions per second one core verifies, from the request's parameters to the memory of used
// ones, over a real store and without gRPC, beside what OpenSSL's EVP interface reaches with the same key. Interleaved
// in short slices of which the best tenth counts, as in tests/server/jose/jose_benchmark.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/metadata/key_set_resolver.h"
#include "server/rpc/clock.h"
#include "server/services/assertion_verifier.h"
#include "server/services/client_keys.h"
#include "server/services/key_refresher.h"
#include "storage/client_repository.h"
#include "storage/replay_log.h"
#include "storage/rocksdb_store.h"
#include "storage/run_in_transaction.h"
#include "storage/tenant_repository.h"
#include "tests/server/jose/test_signer.h"
#include "tests/testing/temp_dir.h"

namespace cimd::services {
namespace {

using jose::Algorithm;
using jose::KeyType;
using testing::TestSigner;
using Timer = std::chrono::steady_clock;

constexpr char kUrl[] = "https://app.example/oauth/client.json";
constexpr char kType[] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
constexpr int kSlices = 100;
constexpr int kCalls = 20;

class NoFetcher final : public fetch::Fetcher {
 public:
  fetch::FetchResult Fetch(const fetch::FetchRequest&) override { std::abort(); }
};

// A store with one tenant and one client, and all that verifies its assertions.
struct Setting {
  testing::TempDir dir;
  std::unique_ptr<storage::Store> store;
  NoFetcher fetcher;
  metadata::KeySetResolver resolver{fetcher};
  rpc::SystemClock clock;
  std::unique_ptr<storage::ReplayLog> replay_log;
  std::unique_ptr<KeyRefresher> refresher;
  std::unique_ptr<AssertionVerifier> verifier;

  explicit Setting(const TestSigner& signer) {
    storage::RocksDbOptions options;
    options.directory = dir / "db";
    store = *storage::OpenRocksDbStore(std::move(options));
    replay_log = *storage::ReplayLog::Open({.directory = dir / "used"}, clock.Now());
    refresher = std::make_unique<KeyRefresher>(*store, resolver, clock);
    verifier = std::make_unique<AssertionVerifier>(*store, *refresher, *replay_log, [](v1::AssertionReason) {});
    v1::Tenant tenant;
    tenant.set_name("tenants/default");
    tenant.set_issuer("https://login.example.com/");
    tenant.set_state(v1::TENANT_STATE_ACTIVE);
    tenant.set_client_id_metadata_document_supported(true);
    storage::ClientRecord record;
    v1::Client& client = *record.mutable_client();
    client.set_name("tenants/default/clients/tpc_0123456789012345678901");
    client.set_state(v1::CLIENT_STATE_ACTIVE);
    client.mutable_metadata()->set_external_client_id(kUrl);
    client.mutable_metadata()->set_token_endpoint_auth_method("private_key_jwt");
    const std::string document = R"({"jwks":{"keys":[)" + signer.PublicJwk(R"("kid":"k")") + "]}}";
    auto committed = storage::RunInTransaction(*store, [&](storage::Transaction& transaction) -> absl::Status {
      if (absl::Status status = storage::PutTenant(transaction, nullptr, tenant); !status.ok()) return status;
      storage::PutClient(transaction, "default", record);
      return PutKeys(transaction, {"default", "tpc_0123456789012345678901"},
                     metadata::ReadInlineKeySet(document, v1::DOCUMENT_PROFILE_STANDARD, clock.Now()),
                     /*automatic=*/true, clock.Now())
          .status();
    });
    if (!committed.ok()) std::abort();
  }

  // What the method of MetadataService does.
  bool Verify(const std::string& assertion) {
    rpc::RequestContext call{.method = rpc::kMethodTable[0], .now = clock.Now()};
    auto tenant = storage::FindTenant(*store, "default");
    PresentedAssertion presented = ParseAssertion("", kType, assertion);
    auto client = storage::FindClientByUrl(*store, "default", presented.client_id);
    auto verdict = verifier->Verify(call, true, std::move(presented), "default", (*tenant)->record.tenant(),
                                    &(*client)->record.client());
    return verdict.ok() && verdict->valid();
  }
};

double Best(std::vector<double>& seconds) {
  std::nth_element(seconds.begin(), seconds.begin() + seconds.size() / 10, seconds.end());
  return seconds[seconds.size() / 10];
}

void Measure(Algorithm algorithm, const TestSigner& signer) {
  Setting setting(signer);
  const std::string header = absl::StrCat(R"({"alg":")", std::string(AlgorithmName(algorithm)), R"(","kid":"k"})");
  const int64_t now = absl::ToUnixSeconds(absl::Now());
  std::vector<std::string> assertions;
  for (int i = 0; i < kSlices * kCalls; ++i) {
    const std::string claims =
        absl::StrCat(R"({"iss":")", kUrl, R"(","sub":")", kUrl, R"(","aud":"https://login.example.com/","jti":")", i,
                     R"(-4be3ed7e-7b1d-4f05-9e1c","iat":)", now, R"(,"exp":)", now + 280, "}");
    assertions.push_back(signer.Sign(algorithm, header, claims));
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
      if (!setting.Verify(assertions[slice * kCalls + i])) std::abort();
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
