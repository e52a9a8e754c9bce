#include "server/gateway/backend/tenant_directory.h"

#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"
#include "server/errors/errors.h"
#include "server/gateway/backend/peer_address.h"
#include "tests/server/gateway/api/fake_control_plane.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace cimd::gateway {
namespace {

using ::cimd::testing::FakeControlPlane;
using ::cimd::testing::IsOkAndHolds;
using ::cimd::testing::StatusIs;

class TenantDirectoryTest : public ::testing::Test {
 protected:
  TenantDirectoryTest() : backend_(grpc::CreateChannel(plane_.address(), grpc::InsecureChannelCredentials())) {
    std::ofstream(dir_ / "token") << "own";
    token_ = AccessToken::FromFile(dir_ / "token").value();
    plane_.lookup_tenant.AnswersBy([](const v1::LookupTenantRequest& request) -> absl::StatusOr<v1::Tenant> {
      if (request.domain() != "acme.example") {
        return rpc::errors::DomainNotFound(request.domain(), request.issuer_path());
      }
      v1::Tenant tenant;
      tenant.set_name(request.issuer_path().empty() ? "tenants/acme"
                                                    : "tenants/acme-" + request.issuer_path().substr(1));
      return tenant;
    });
  }

  void Make(size_t max_entries = 1024) {
    directory_ = std::make_unique<TenantDirectory>(
        backend_, *token_, TenantDirectoryOptions{.max_entries = max_entries, .now = [this] { return now_; }});
  }

  absl::StatusOr<std::string> Find(const std::string& host, const std::string& issuer_path = "") {
    absl::StatusOr<std::string> found;
    absl::Notification done;
    const CallContext how{
        .metadata = {{"authorization", "Bearer caller"}, {kPeerAddress, "203.0.113.7"}, {"traceparent", "tp"}}};
    directory_->Find(host, issuer_path, how, [&](absl::StatusOr<std::string> tenant) {
      found = std::move(tenant);
      done.Notify();
    });
    done.WaitForNotification();
    return found;
  }
  size_t lookups() { return plane_.lookup_tenant.requests().size(); }

  testing::TempDir dir_;
  FakeControlPlane plane_;
  Backend backend_;
  std::unique_ptr<AccessToken> token_;
  absl::Time now_ = absl::UnixEpoch();
  std::unique_ptr<TenantDirectory> directory_;
};

TEST_F(TenantDirectoryTest, AsksWithTheGatewaysOwnToken) {
  Make();
  EXPECT_THAT(Find("acme.example"), IsOkAndHolds("tenants/acme"));
  ASSERT_EQ(plane_.calls("LookupTenant").size(), 1u);
  const auto call = plane_.calls("LookupTenant")[0];
  EXPECT_EQ(call.metadata.at("authorization"), "Bearer own");
  EXPECT_EQ(call.metadata.count("authorization"), 1u);
  EXPECT_EQ(call.metadata.at("traceparent"), "tp");
  EXPECT_EQ(call.metadata.count(kPeerAddress), 0u) << "strangers' failures are not its own";
}

TEST_F(TenantDirectoryTest, TellsIssuerPathsApart) {
  Make();
  EXPECT_THAT(Find("acme.example", "/t1"), IsOkAndHolds("tenants/acme-t1"));
  EXPECT_THAT(Find("acme.example"), IsOkAndHolds("tenants/acme"));
  EXPECT_EQ(plane_.lookup_tenant.requests()[0].issuer_path(), "/t1");
}

TEST_F(TenantDirectoryTest, SaysThatAnAddressIsNobodys) {
  Make();
  EXPECT_THAT(Find("nobody.example"), IsOkAndHolds(""));
  EXPECT_THAT(Find(""), IsOkAndHolds(""));
  EXPECT_EQ(lookups(), 1u);
  plane_.lookup_tenant.Answers(rpc::errors::FieldsInvalid({{"domain", "FORMAT", "no host name"}}));
  EXPECT_THAT(Find("[::1]"), IsOkAndHolds(""));
}

TEST_F(TenantDirectoryTest, RemembersForAWhile) {
  Make();
  for (const char* host : {"acme.example", "nobody.example"}) {
    const size_t before = lookups();
    (void)Find(host);
    now_ += absl::Seconds(10) - absl::Nanoseconds(1);
    (void)Find(host);
    EXPECT_EQ(lookups(), before + 1);
    // The lifetime starts with the lookup, not with the last use.
    now_ += absl::Nanoseconds(1);
    (void)Find(host);
    EXPECT_EQ(lookups(), before + 2);
  }
}

TEST_F(TenantDirectoryTest, AClockThatIsPutBackMakesNothingLastLonger) {
  Make();
  now_ = absl::UnixEpoch() + absl::Hours(48);
  (void)Find("acme.example");
  now_ -= absl::Hours(24);
  (void)Find("acme.example");
  EXPECT_EQ(lookups(), 2u);
  (void)Find("acme.example");
  EXPECT_EQ(lookups(), 2u);
}

TEST_F(TenantDirectoryTest, ForgetsTheLeastRecentlyUsed) {
  Make(/*max_entries=*/2);
  (void)Find("a.example");
  (void)Find("b.example");
  (void)Find("a.example");
  (void)Find("c.example");
  EXPECT_EQ(lookups(), 3u);
  (void)Find("a.example");
  (void)Find("c.example");
  EXPECT_EQ(lookups(), 3u);
  (void)Find("b.example");
  EXPECT_EQ(lookups(), 4u);
}

TEST_F(TenantDirectoryTest, DoesNotRememberFailures) {
  Make();
  plane_.lookup_tenant.Answers(rpc::errors::ShuttingDown());
  EXPECT_THAT(Find("acme.example"), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(Find("acme.example"), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(lookups(), 2u);
}

// Callers must not take an error of the gateway's own token for their own, or retry with another token.
TEST_F(TenantDirectoryTest, KeepsItsOwnRefusalToItself) {
  Make();
  for (const absl::Status& refusal : {rpc::errors::AccessTokenInvalid(), rpc::errors::PlatformOnly("LookupTenant"),
                                      rpc::errors::ScopeInsufficient("LookupTenant", "read:tenant_settings")}) {
    plane_.lookup_tenant.Answers(refusal);
    const absl::StatusOr<std::string> found = Find("acme.example");
    EXPECT_THAT(found, StatusIs(absl::StatusCode::kInternal));
    EXPECT_EQ(client::ReasonOf(found.status()), "");
  }
}

TEST(AccessTokenTest, ReadsAFile) {
  testing::TempDir dir;
  const std::string path = dir / "token";
  EXPECT_THAT(AccessToken::FromFile(path), StatusIs(absl::StatusCode::kNotFound));
  for (const char* useless : {"", " \n", "two words\n", "bell\a", "caf\xc3\xa9"}) {
    std::ofstream(path) << useless;
    EXPECT_THAT(AccessToken::FromFile(path), StatusIs(absl::StatusCode::kInvalidArgument)) << useless;
  }
  std::ofstream(path) << "one\n";
  CIMD_ASSERT_OK_AND_ASSIGN(std::unique_ptr<AccessToken> token, AccessToken::FromFile(path));
  EXPECT_EQ(token->Authorization(), "Bearer one");
  std::ofstream(path) << "";
  EXPECT_THAT(token->Reload(), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(token->Authorization(), "Bearer one");
  std::ofstream(path) << "two";
  CIMD_EXPECT_OK(token->Reload());
  EXPECT_EQ(token->Authorization(), "Bearer two");
}

}  // namespace
}  // namespace cimd::gateway
