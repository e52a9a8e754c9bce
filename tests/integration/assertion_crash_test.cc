// kill -9 at any moment must not lose the record of a used assertion.

#include <signal.h>

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "cimd/v1/metadata_service.grpc.pb.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/integration/documents.h"
#include "tests/integration/server_process.h"
#include "tests/server/jose/test_signer.h"

namespace cimd {
namespace {

constexpr char kUrl[] = "https://client.example.net/client.json";
constexpr char kIssuer[] = "https://login.example.com/";
constexpr int kCallers = 4;
constexpr size_t kAcceptedBeforeKill = 400;

// Returns the reason, "" for a valid assertion, or "?" if there was no answer.
std::string Verify(testing::ServerProcess& server, const std::string& assertion) {
  grpc::ClientContext context;
  server.Authenticate(context);
  v1::VerifyClientAssertionRequest request;
  request.set_parent("tenants/default");
  request.set_client_assertion_type("urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
  request.set_client_assertion(assertion);
  v1::VerifyClientAssertionResponse response;
  auto stub = v1::MetadataService::NewStub(server.channel());
  if (!stub->VerifyClientAssertion(&context, request, &response).ok()) return "?";
  return response.valid() ? "" : v1::AssertionReason_Name(response.reason());
}

TEST(AssertionCrashTest, EveryAcceptedAssertionIsRefusedAfterAKill) {
  const testing::TestSigner signer = testing::TestSigner::Ed25519();
  auto assertion = [&](int number) {
    const int64_t now = absl::ToUnixSeconds(absl::Now());
    const nlohmann::json claims = {{"iss", kUrl}, {"sub", kUrl},      {"aud", kIssuer},
                                   {"iat", now},  {"exp", now + 240}, {"jti", std::to_string(number)}};
    return signer.Sign(jose::Algorithm::kEd25519, R"({"alg":"EdDSA"})", claims.dump());
  };
  testing::TempDir dir;
  std::mutex mutex;
  std::vector<std::string> accepted;
  {
    testing::ServerProcess server(dir / "data");
    ASSERT_FALSE(server.address().empty()) << server.log();
    ASSERT_TRUE(server.EnableCimd());
    {
      grpc::ClientContext context;
      server.Authenticate(context);
      v1::UpdateTenantRequest update;
      update.mutable_tenant()->set_name("tenants/default");
      update.mutable_tenant()->set_issuer(kIssuer);
      update.mutable_update_mask()->add_paths("issuer");
      v1::Tenant tenant;
      ASSERT_TRUE(v1::AdminService::NewStub(server.channel())->UpdateTenant(&context, update, &tenant).ok());
    }
    auto document = nlohmann::ordered_json::parse(testing::GoodDocument(kUrl));
    document["token_endpoint_auth_method"] = "private_key_jwt";
    document["jwks"] = nlohmann::ordered_json::parse(R"({"keys":[)" + signer.PublicJwk() + "]}");
    grpc::ClientContext context;
    server.Authenticate(context);
    v1::RegisterClientRequest request;
    request.set_parent("tenants/default");
    request.set_external_client_id(kUrl);
    request.set_document(document.dump());
    v1::RegisterClientResponse response;
    ASSERT_TRUE(server.registration().RegisterClient(&context, request, &response).ok());

    absl::Notification enough;
    std::atomic<int> next = 0;
    std::vector<std::thread> callers;
    for (int caller = 0; caller < kCallers; ++caller) {
      callers.emplace_back([&] {
        while (true) {
          const std::string mine = assertion(++next);
          const std::string reason = Verify(server, mine);
          // The first call without an answer means that the server has ended.
          if (reason == "?") return;
          EXPECT_EQ(reason, "");
          std::lock_guard<std::mutex> lock(mutex);
          accepted.push_back(mine);
          if (accepted.size() == kAcceptedBeforeKill) enough.Notify();
        }
      });
    }
    enough.WaitForNotification();
    server.process().Signal(SIGKILL);
    for (std::thread& caller : callers) caller.join();
    EXPECT_EQ(server.process().Wait(), 128 + SIGKILL);
  }
  testing::ServerProcess server(dir / "data");
  ASSERT_FALSE(server.address().empty()) << server.log();
  for (const std::string& used : accepted) ASSERT_EQ(Verify(server, used), "ASSERTION_REASON_REPLAYED");
  EXPECT_EQ(Verify(server, assertion(0)), "");
}

}  // namespace
}  // namespace cimd
