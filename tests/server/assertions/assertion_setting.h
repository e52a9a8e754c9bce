#ifndef CIMD_TESTS_SERVER_SERVICES_ASSERTION_SETTING_H_
#define CIMD_TESTS_SERVER_SERVICES_ASSERTION_SETTING_H_

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/assertions/assertion_verifier.h"
#include "server/assertions/client_keys.h"
#include "server/assertions/key_refresher.h"
#include "server/metadata/key_set_resolver.h"
#include "storage/repositories/client_repository.h"
#include "storage/repositories/tenant_repository.h"
#include "storage/rocksdb/rocksdb_store.h"
#include "storage/run_in_transaction.h"
#include "storage/used_assertions.h"
#include "tests/server/jose/test_signer.h"
#include "tests/testing/adjustable_clock.h"
#include "tests/testing/temp_dir.h"

namespace cimd::testing {

// A store with one tenant and one client whose key is in its document, and the verifier of its assertions, from the
// request's parameters to the record of used assertions, without gRPC. Ends the program if the setup fails.
class AssertionSetting {
 public:
  static constexpr char kClientId[] = "https://app.example/oauth/client.json";
  static constexpr char kIssuer[] = "https://login.example.com/";
  static constexpr char kType[] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

  explicit AssertionSetting(const TestSigner& signer, storage::UsedAssertionsOptions used_assertions = {}) {
    storage::RocksDbOptions options;
    options.directory = dir_ / "db";
    store_ = *storage::OpenRocksDbStore(std::move(options));
    used_assertions.directory = used_directory();
    used_assertions_ = *storage::UsedAssertions::Open(std::move(used_assertions), clock_.Now());
    refresher_ = std::make_unique<services::KeyRefresher>(*store_, resolver_, clock_);
    verifier_ = std::make_unique<services::AssertionVerifier>(*store_, *refresher_, *used_assertions_,
                                                              [](v1::AssertionReason) {});
    v1::Tenant tenant;
    tenant.set_name("tenants/default");
    tenant.set_issuer(kIssuer);
    tenant.set_state(v1::TENANT_STATE_ACTIVE);
    tenant.set_client_id_metadata_document_supported(true);
    storage::ClientRecord record;
    v1::Client& client = *record.mutable_client();
    client.set_name("tenants/default/clients/tpc_0123456789012345678901");
    client.set_state(v1::CLIENT_STATE_ACTIVE);
    client.mutable_metadata()->set_external_client_id(kClientId);
    client.mutable_metadata()->set_token_endpoint_auth_method("private_key_jwt");
    const std::string document = R"({"jwks":{"keys":[)" + signer.PublicJwk(R"("kid":"k")") + "]}}";
    auto committed = storage::RunInTransaction(*store_, [&](storage::Transaction& transaction) -> absl::Status {
      if (absl::Status status = storage::PutTenant(transaction, nullptr, tenant); !status.ok()) return status;
      storage::PutClient(transaction, "default", record);
      return services::PutKeys(transaction, {"default", "tpc_0123456789012345678901"},
                               metadata::ReadInlineKeySet(document, v1::DOCUMENT_PROFILE_STANDARD, clock_.Now()),
                               /*automatic=*/true, clock_.Now())
          .status();
    });
    if (!committed.ok()) std::abort();
  }

  // Returns a valid assertion of the client with this jti.
  std::string Sign(const TestSigner& signer, jose::Algorithm algorithm, std::string_view jti) const {
    const int64_t now = absl::ToUnixSeconds(clock_.Now());
    return signer.Sign(
        algorithm, absl::StrCat(R"({"alg":")", std::string(AlgorithmName(algorithm)), R"(","kid":"k"})"),
        absl::StrCat(R"({"iss":")", kClientId, R"(","sub":")", kClientId, R"(","aud":")", kIssuer, R"(","jti":")",
                     std::string(jti), R"(","iat":)", now, R"(,"exp":)", now + 280, "}"));
  }

  // Does what the method of MetadataService does.
  absl::StatusOr<services::AssertionVerdict> Verify(const std::string& assertion) {
    rpc::RequestContext call{.method = rpc::kMethodTable[0], .now = clock_.Now()};
    auto tenant = storage::FindTenant(*store_, "default");
    services::PresentedAssertion presented = services::ParseAssertion("", kType, assertion);
    auto client = storage::FindClientByUrl(*store_, "default", presented.client_id);
    return verifier_->Verify(call, true, std::move(presented), "default", (*tenant)->record.tenant(),
                             &(*client)->record.client());
  }

  std::string used_directory() const { return dir_ / "used"; }

 private:
  class NoFetcher final : public fetch::Fetcher {
   public:
    fetch::FetchResult Fetch(const fetch::FetchRequest&) override { std::abort(); }
  };

  TempDir dir_;
  AdjustableClock clock_;
  std::unique_ptr<storage::Store> store_;
  NoFetcher fetcher_;
  metadata::KeySetResolver resolver_{fetcher_};
  std::unique_ptr<storage::UsedAssertions> used_assertions_;
  std::unique_ptr<services::KeyRefresher> refresher_;
  std::unique_ptr<services::AssertionVerifier> verifier_;
};

}  // namespace cimd::testing

#endif  // CIMD_TESTS_SERVER_SERVICES_ASSERTION_SETTING_H_
