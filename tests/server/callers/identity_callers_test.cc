#include "server/callers/identity_callers.h"

#include <atomic>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/fetch/response_rules.h"
#include "server/json/strict_json.h"
#include "server/telemetry/json_log.h"
#include "tests/server/jose/test_signer.h"
#include "tests/testing/eventually.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace cimd::callers {
namespace {

using ::cimd::testing::IsOk;
using ::cimd::testing::StatusIs;
using ::cimd::testing::TestSigner;
using jose::Algorithm;
using ::testing::HasSubstr;

constexpr char kIssuer[] = "https://idp.example";

// The host of an issuer, in memory.
class FakeHost final : public fetch::Fetcher {
 public:
  explicit FakeHost(std::shared_ptr<const std::string> keys) : keys_(std::move(keys)) {}
  fetch::FetchResult Fetch(const fetch::FetchRequest& request) override {
    EXPECT_EQ(request.url, "https://idp.example/jwks");
    fetch::FetchResult result;
    result.failed = keys_->empty();
    result.document.body = *keys_;
    return result;
  }

 private:
  const std::shared_ptr<const std::string> keys_;
};

class IdentityCallersTest : public ::testing::Test {
 protected:
  IdentityCallersTest() { telemetry::SetLogSeverity(telemetry::Severity::kError); }

  static std::string KeySet(const TestSigner& signer, const std::string& kid) {
    return R"({"keys":[)" + signer.PublicJwk(R"("kid":")" + kid + R"(","alg":"ES256")") + "]}";
  }

  // Replaces a file atomically, as Kubernetes does.
  std::string Write(const std::string& name, const std::string& content) {
    const std::string path = dir_ / name;
    std::ofstream(path + ".new") << content;
    EXPECT_EQ(std::rename((path + ".new").c_str(), path.c_str()), 0);
    return path;
  }

  std::string Config(const std::string& keys, const std::string& scope = "read:clients") {
    return R"({"issuers":[{"issuer":")" + std::string(kIssuer) + R"(","audiences":["cimd","other"],)" +
           R"("algorithms":["ES256"],)" + keys + R"(,"rules":[{"claims":{"sub":"alice"},"scopes":[")" + scope +
           R"("],"tenant":"acme"}]}],"certificates":[{"uri":"spiffe://a/b","scopes":["*"],"platform":true}]})";
  }
  std::string FromFile() { return R"("jwks_file":")" + std::string(dir_ / "keys.json") + R"(")"; }

  absl::StatusOr<std::unique_ptr<IdentityCallers>> Start(absl::Duration max_key_age = absl::Hours(24)) {
    return IdentityCallers::Start(
        {.file = dir_ / "identities.json",
         .make_fetcher = [this](const Issuer&) -> absl::StatusOr<std::unique_ptr<fetch::Fetcher>> {
           return std::make_unique<FakeHost>(published_);
         },
         .poll_interval = absl::Milliseconds(5),
         .max_key_age = max_key_age});
  }

  // Returns a valid token whose claims are changed by `patch`: null removes a claim.
  std::string Token(const TestSigner& signer, std::string_view patch = "{}",
                    std::string_view header = R"({"alg":"ES256","kid":"k1"})") {
    json::Value claims = {{"iss", kIssuer}, {"sub", "alice"}, {"aud", "cimd"}};
    claims["iat"] = absl::ToUnixSeconds(now_);
    claims["exp"] = absl::ToUnixSeconds(now_) + 600;
    claims.merge_patch(json::Value::parse(patch));
    return signer.Sign(Algorithm::kEs256, header, claims.dump());
  }

  testing::TempDir dir_;
  const absl::Time now_ = absl::Now();
  const TestSigner signer_ = TestSigner::Ec(jose::KeyType::kEcP256);
  std::shared_ptr<std::string> published_ = std::make_shared<std::string>();
};

TEST_F(IdentityCallersTest, ATokenOfATrustedIssuerIsACaller) {
  Write("keys.json", KeySet(signer_, "k1"));
  Write("identities.json", Config(FromFile()));
  auto callers = Start();
  ASSERT_THAT(callers, IsOk());
  const std::optional<rpc::Caller> caller = (*callers)->FindByJwt(Token(signer_), now_);
  ASSERT_TRUE(caller.has_value());
  EXPECT_EQ(caller->kind, v1::CALLER_KIND_JWT);
  EXPECT_EQ(caller->id, "alice");
  EXPECT_EQ(caller->name, kIssuer);
  EXPECT_EQ(caller->tenant, "acme");
  EXPECT_EQ(caller->scopes, std::vector<std::string>{"read:clients"});
  EXPECT_EQ(caller->expire_time, absl::FromUnixSeconds(absl::ToUnixSeconds(now_) + 610));
  EXPECT_EQ(caller->identity_revision, (*callers)->revision());
  const auto certificate = (*callers)->FindByCertificate({.uris = {"spiffe://a/b"}});
  ASSERT_TRUE(certificate.has_value());
  EXPECT_EQ(certificate->kind, v1::CALLER_KIND_CERTIFICATE);
  EXPECT_EQ(certificate->id, "spiffe://a/b");
  EXPECT_FALSE((*callers)->FindByCertificate({.uris = {"spiffe://a/c"}}).has_value());
}

TEST_F(IdentityCallersTest, NoOtherTokenIs) {
  Write("keys.json", KeySet(signer_, "k1"));
  Write("identities.json", Config(FromFile()));
  auto callers = Start();
  ASSERT_THAT(callers, IsOk());
  const int64_t now = absl::ToUnixSeconds(now_);
  for (const auto& [patch, good] : std::vector<std::pair<std::string, bool>>{
           {"{}", true},
           {R"({"aud": ["x", "other"]})", true},
           {R"({"iat": null, "nbf": null})", true},
           {R"({"exp": )" + std::to_string(now - 5) + R"(, "iat": null})", true},  // within the permitted clock skew
           {R"({"exp": )" + std::to_string(now - 10) + R"(, "iat": null})", false},
           {R"({"exp": null})", false},
           {R"({"exp": "9999999999"})", false},
           {R"({"exp": )" + std::to_string(now + 3601) + "}", false},  // valid for more than an hour
           {R"({"exp": )" + std::to_string(now + 5000) + R"(, "iat": null})", false},
           {R"({"nbf": )" + std::to_string(now + 60) + "}", false},
           {R"({"iat": )" + std::to_string(now + 60) + "}", false},
           {R"({"aud": null})", false},
           {R"({"aud": []})", false},
           {R"({"aud": "cimd2"})", false},
           {R"({"aud": {"cimd": 1}})", false},
           {R"({"iss": null})", false},
           {R"({"iss": "https://idp.example/"})", false},
           {R"({"sub": null})", false},
           {R"({"sub": ""})", false},
           {R"({"sub": "bob"})", false}}) {
    EXPECT_EQ((*callers)->FindByJwt(Token(signer_, patch), now_).has_value(), good) << patch;
  }
  for (const auto& [header, good] :
       std::vector<std::pair<std::string, bool>>{{R"({"alg":"ES256"})", true},
                                                 {R"({"alg":"ES256","typ":"JWT"})", true},
                                                 {R"({"alg":"ES256","typ":"application/at+JWT"})", true},
                                                 {R"({"alg":"ES256","typ":"client-authentication+jwt"})", false},
                                                 {R"({"alg":"ES256","typ":"logout+jwt"})", false},
                                                 {R"({"alg":"ES256","kid":"k2"})", false},
                                                 {R"({"alg":"ES384"})", false},
                                                 {R"({"alg":"none"})", false},
                                                 {R"({"alg":"HS256"})", false},
                                                 {R"({"alg":"ES256","crit":["x"]})", false}}) {
    EXPECT_EQ((*callers)->FindByJwt(Token(signer_, "{}", header), now_).has_value(), good) << header;
  }
  const TestSigner stranger = TestSigner::Ec(jose::KeyType::kEcP256);
  EXPECT_FALSE((*callers)->FindByJwt(Token(stranger), now_).has_value());
  std::string tampered = Token(signer_);
  tampered[tampered.size() - 10] = tampered[tampered.size() - 10] == 'A' ? 'B' : 'A';
  EXPECT_FALSE((*callers)->FindByJwt(tampered, now_).has_value());
  for (const char* nonsense : {"", ".", "..", "a.b.c", "a.b.c.d"}) {
    EXPECT_FALSE((*callers)->FindByJwt(nonsense, now_).has_value()) << nonsense;
  }
}

TEST_F(IdentityCallersTest, AStartWithoutAGoodFileFails) {
  EXPECT_THAT(Start(), StatusIs(absl::StatusCode::kNotFound, HasSubstr("identities.json")));
  Write("identities.json", "{");
  EXPECT_THAT(Start(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("identities.json")));
  Write("identities.json", Config(FromFile()));
  EXPECT_THAT(Start(), StatusIs(absl::StatusCode::kNotFound, HasSubstr("keys.json")));
  for (const char* keys : {"{}", R"({"keys":[]})", R"({"keys":[{"kty":"oct","k":"AAAA"}]})"}) {
    Write("keys.json", keys);
    EXPECT_THAT(Start(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("keys.json"))) << keys;
  }
  Write("keys.json", KeySet(signer_, "k1"));
  EXPECT_THAT(Start(), IsOk());
}

TEST_F(IdentityCallersTest, FilesAreReadAgainWhenTheyChange) {
  Write("keys.json", KeySet(signer_, "k1"));
  Write("identities.json", Config(FromFile()));
  auto callers = Start();
  ASSERT_THAT(callers, IsOk());
  const int64_t revision = (*callers)->revision();
  Write("identities.json", Config(FromFile(), "update:clients"));
  ASSERT_TRUE(
      testing::Eventually([&] { return (*callers)->FindByJwt(Token(signer_), now_)->scopes[0] == "update:clients"; },
                          "the changed rules apply"));
  EXPECT_GT((*callers)->revision(), revision) << "streams have to be asked again";

  // A malformed file changes nothing.
  Write("identities.json", "{");
  (*callers)->Reload();
  Write("keys.json", "{");
  (*callers)->Reload();
  EXPECT_TRUE((*callers)->FindByJwt(Token(signer_), now_).has_value());

  // After the issuer changes its key, the old key must no longer verify.
  const TestSigner next = TestSigner::Ec(jose::KeyType::kEcP256);
  Write("keys.json", KeySet(next, "k2"));
  Write("identities.json", Config(FromFile(), "update:clients"));
  const std::string header = R"({"alg":"ES256","kid":"k2"})";
  ASSERT_TRUE(testing::Eventually([&] { return (*callers)->FindByJwt(Token(next, "{}", header), now_).has_value(); },
                                  "the issuer's new key is read"));
  EXPECT_FALSE((*callers)->FindByJwt(Token(signer_), now_).has_value());
}

TEST_F(IdentityCallersTest, KeysAreFetchedInTheBackground) {
  *published_ = KeySet(signer_, "k1");
  Write("identities.json", Config(R"("jwks_uri":"https://idp.example/jwks")"));
  auto callers = Start();
  ASSERT_THAT(callers, IsOk());
  ASSERT_TRUE(testing::Eventually([&] { return (*callers)->FindByJwt(Token(signer_), now_).has_value(); },
                                  "the key set is read"));
}

TEST_F(IdentityCallersTest, AnIssuerThatListsNoKeysHasWithdrawnThem) {
  Write("keys.json", KeySet(signer_, "k1"));
  Write("identities.json", Config(FromFile()));
  auto callers = Start();
  ASSERT_THAT(callers, IsOk());
  ASSERT_TRUE((*callers)->FindByJwt(Token(signer_), now_).has_value());
  const int64_t revision = (*callers)->revision();
  Write("keys.json", R"({"keys":[]})");
  ASSERT_TRUE(testing::Eventually([&] { return !(*callers)->FindByJwt(Token(signer_), now_).has_value(); },
                                  "the key is dropped"));
  EXPECT_GT((*callers)->revision(), revision) << "streams have to be asked again";
}

TEST_F(IdentityCallersTest, KeysThatCannotBeReadAnyMoreAreKeptForSomeTime) {
  const auto config = [this](const char* scope) { return Config(R"("jwks_uri":"https://idp.example/jwks")", scope); };
  *published_ = KeySet(signer_, "k1");
  Write("identities.json", config("read:clients"));
  auto keeping = Start();
  auto forgetting = Start(/*max_key_age=*/absl::ZeroDuration());
  ASSERT_THAT(keeping, IsOk());
  ASSERT_THAT(forgetting, IsOk());
  for (auto* callers : {&*keeping, &*forgetting}) {
    ASSERT_TRUE(testing::Eventually([&] { return (*callers)->FindByJwt(Token(signer_), now_).has_value(); },
                                    "the keys are read"));
  }
  // The host fails. The changed configuration triggers an immediate fetch.
  published_->clear();
  Write("identities.json", config("update:clients"));
  ASSERT_TRUE(
      testing::Eventually([&] { return (*keeping)->FindByJwt(Token(signer_), now_)->scopes[0] == "update:clients"; },
                          "the changed rules apply"));
  ASSERT_TRUE(testing::Eventually([&] { return !(*forgetting)->FindByJwt(Token(signer_), now_).has_value(); },
                                  "the keys that cannot be read are dropped"));
}

TEST_F(IdentityCallersTest, AnIssuerThatDoesNotAnswerStopsNobodyElse) {
  Write("identities.json", Config(R"("jwks_uri":"https://idp.example/jwks")"));
  auto callers = Start();
  ASSERT_THAT(callers, IsOk());
  EXPECT_FALSE((*callers)->FindByJwt(Token(signer_), now_).has_value());
  EXPECT_TRUE((*callers)->FindByCertificate({.uris = {"spiffe://a/b"}}).has_value());
}

// A host that never answers.
class SilentHost final : public fetch::Fetcher {
 public:
  explicit SilentHost(std::atomic<int>& calls) : calls_(calls) {}
  fetch::FetchResult Fetch(const fetch::FetchRequest& request) override {
    ++calls_;
    EXPECT_TRUE(testing::Eventually([&] { return request.is_cancelled(); }, "the fetch is cancelled"));
    return fetch::AbandonedFetch(absl::UnixEpoch());
  }

 private:
  std::atomic<int>& calls_;
};

TEST_F(IdentityCallersTest, TheEndDoesNotWaitForAFetch) {
  Write("identities.json", Config(R"("jwks_uri":"https://idp.example/jwks")"));
  std::atomic<int> calls = 0;
  auto callers =
      IdentityCallers::Start({.file = dir_ / "identities.json",
                              .make_fetcher = [&](const Issuer&) -> absl::StatusOr<std::unique_ptr<fetch::Fetcher>> {
                                return std::make_unique<SilentHost>(calls);
                              },
                              .poll_interval = absl::Milliseconds(5)});
  ASSERT_THAT(callers, IsOk());
  ASSERT_TRUE(testing::Eventually([&] { return calls > 0; }, "the fetch begins"));
  callers->reset();
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace cimd::callers
