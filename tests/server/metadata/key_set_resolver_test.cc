#include "server/metadata/key_set_resolver.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cimd::metadata {
namespace {

constexpr char kUri[] = "https://client.example.net/jwks.json";
constexpr char kSet[] =
    R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})";
const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

// Returns the test's answer and records the request.
class FixedFetcher final : public fetch::Fetcher {
 public:
  fetch::FetchResult Fetch(const fetch::FetchRequest& request) override {
    asked.push_back(request);
    return answer;
  }

  fetch::FetchResult answer;
  std::vector<fetch::FetchRequest> asked;
};

v1::Tenant StandardTenant() {
  v1::Tenant tenant;
  tenant.set_name("tenants/t");
  tenant.set_document_profile(v1::DOCUMENT_PROFILE_STANDARD);
  return tenant;
}

class KeySetResolverTest : public ::testing::Test {
 protected:
  KeySetResolverTest() {
    metadata_.set_token_endpoint_auth_method("private_key_jwt");
    metadata_.set_jwks_uri(kUri);
    fetcher_.answer.document.body = kSet;
    fetcher_.answer.document.fresh_for = absl::Minutes(10);
    fetcher_.answer.begin_time = kNow;
    fetcher_.answer.order = 7;
  }
  ResolvedKeySet Resolve(const HeldKeySet* held = nullptr) {
    return resolver_.Resolve(StandardTenant(), metadata_, "{}", held, {.traceparent = "trace", .now = kNow});
  }

  v1::ClientMetadata metadata_;
  FixedFetcher fetcher_;
  KeySetResolver resolver_{fetcher_};
};

TEST_F(KeySetResolverTest, AsksForTheSetWithinItsBounds) {
  const ResolvedKeySet resolved = Resolve();
  ASSERT_EQ(fetcher_.asked.size(), 1);
  EXPECT_EQ(fetcher_.asked[0].url, kUri);
  EXPECT_EQ(fetcher_.asked[0].max_bytes, 12 * 1024);
  EXPECT_EQ(fetcher_.asked[0].traceparent, "trace");
  EXPECT_EQ(fetcher_.asked[0].if_none_match, "");
  ASSERT_EQ(resolved.set.keys.size(), 1);
  EXPECT_EQ(resolved.set.keys[0].kid, "a");
  EXPECT_EQ(resolved.jwks_uri, kUri);
  EXPECT_EQ(resolved.sha256.size(), 64);
  EXPECT_EQ(resolved.fetch_time, kNow);
  EXPECT_EQ(resolved.fetch_order, 7);
}

TEST_F(KeySetResolverTest, LifetimesAreBounded) {
  const std::vector<std::pair<absl::Duration, absl::Duration>> cases = {
      {absl::ZeroDuration(), absl::Minutes(1)}, {absl::Seconds(59), absl::Minutes(1)},
      {absl::Minutes(10), absl::Minutes(10)},   {absl::Hours(24), absl::Hours(24)},
      {absl::Hours(25), absl::Hours(24)},
  };
  for (const auto& [served, used] : cases) {
    fetcher_.answer.document.fresh_for = served;
    EXPECT_EQ(Resolve().fresh_for, used);
  }
}

TEST_F(KeySetResolverTest, AHeldCopyCanBeConfirmed) {
  const HeldKeySet held{.http_etag = "\"1\"", .http_last_modified = "yesterday", .sha256 = "abc"};
  fetcher_.answer.document.not_modified = true;
  fetcher_.answer.document.body = "";
  const ResolvedKeySet resolved = Resolve(&held);
  EXPECT_EQ(fetcher_.asked[0].if_none_match, "\"1\"");
  EXPECT_EQ(fetcher_.asked[0].if_modified_since, "yesterday");
  EXPECT_TRUE(resolved.not_modified);
  EXPECT_EQ(resolved.sha256, "abc");
}

TEST_F(KeySetResolverTest, AFailureIsAFailureAndTooMuchARefusedSet) {
  fetcher_.answer.failed = true;
  fetcher_.answer.failure.set_reason(v1::FETCH_FAILURE_REASON_GONE);
  EXPECT_EQ(Resolve().failure->reason(), v1::FETCH_FAILURE_REASON_GONE);
  fetcher_.answer.failure.set_reason(v1::FETCH_FAILURE_REASON_TOO_LARGE);
  const ResolvedKeySet resolved = Resolve();
  EXPECT_FALSE(resolved.failure.has_value());
  EXPECT_TRUE(resolved.set.refused);
  ASSERT_EQ(resolved.set.violations.size(), 1);
  EXPECT_EQ(resolved.set.violations[0].fault, jose::KeyFault::kSetTooLarge);
}

TEST_F(KeySetResolverTest, KeysInTheDocumentAreReadThere) {
  metadata_.clear_jwks_uri();
  const std::string document = R"({"client_id":"x","jwks":)" + std::string(kSet) + "}";
  const ResolvedKeySet resolved = resolver_.Resolve(StandardTenant(), metadata_, document, nullptr, {.now = kNow});
  EXPECT_THAT(fetcher_.asked, ::testing::IsEmpty());
  ASSERT_EQ(resolved.set.keys.size(), 1);
  EXPECT_EQ(resolved.fresh_for, absl::InfiniteDuration());
  EXPECT_EQ(resolved.jwks_uri, "");
  for (const char* other : {"", "[]", "{", R"({"jwks":7})", R"({"keys":[]})"}) {
    EXPECT_THAT(ReadInlineKeySet(other, v1::DOCUMENT_PROFILE_STANDARD, kNow).set.keys, ::testing::IsEmpty()) << other;
  }
}

TEST_F(KeySetResolverTest, TheMethodsSayWhetherThereAreKeys) {
  EXPECT_TRUE(UsesKeys(metadata_));
  metadata_.set_token_endpoint_auth_method("none");
  EXPECT_FALSE(UsesKeys(metadata_));
  metadata_.add_token_endpoint_auth_methods_supported("private_key_jwt");
  EXPECT_TRUE(UsesKeys(metadata_));
}

}  // namespace
}  // namespace cimd::metadata
