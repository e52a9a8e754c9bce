// Access tokens over gRPC: who may create which tokens, what they permit, and when they expire.

#include "server/services/admin/access_tokens.h"

#include <sys/stat.h>

#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/bootstrap/bootstrap.h"
#include "server/callers/access_token_callers.h"
#include "server/callers/new_access_token.h"
#include "server/crypto/sha256.h"
#include "storage/audit/audit_log.h"
#include "storage/repositories/access_token_repository.h"
#include "storage/rocksdb/rocksdb_store.h"
#include "tests/testing/error_matchers.h"
#include "tests/testing/test_server.h"

namespace cimd {
namespace {

using absl::StatusCode;
using ::cimd::testing::Fails;
using ::cimd::testing::IsOk;
using ::cimd::testing::StatusIs;
using ::cimd::testing::ViolationsOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Admin = v1::AdminService::Stub;

class AccessTokensTest : public ::testing::Test {
 protected:
  absl::StatusOr<v1::CreateAccessTokenResponse> Create(const std::string& parent,
                                                       const std::vector<std::string>& scopes,
                                                       absl::Duration lifetime = absl::InfiniteDuration()) {
    v1::CreateAccessTokenRequest request;
    request.set_parent(parent);
    request.mutable_access_token()->set_display_name("a test");
    for (const std::string& scope : scopes) request.mutable_access_token()->add_scopes(scope);
    if (lifetime != absl::InfiniteDuration()) {
      request.mutable_access_token()->mutable_expire_time()->set_seconds(absl::ToUnixSeconds(absl::Now() + lifetime));
    }
    return server_.Call(server_.admin(), &Admin::CreateAccessToken, request);
  }
  absl::StatusOr<v1::AccessToken> Get(const std::string& name) {
    v1::GetAccessTokenRequest request;
    request.set_name(name);
    return server_.Call(server_.admin(), &Admin::GetAccessToken, request);
  }
  absl::StatusOr<v1::AccessToken> Revoke(const std::string& name, const std::string& etag = "") {
    v1::RevokeAccessTokenRequest request;
    request.set_name(name);
    request.set_etag(etag);
    return server_.Call(server_.admin(), &Admin::RevokeAccessToken, request);
  }
  // Calls a method that needs read:clients in the tenant.
  absl::Status ListClients(const std::string& tenant = "default") {
    v1::ListClientsRequest request;
    request.set_parent("tenants/" + tenant);
    return server_.Call(server_.registration(), &v1::RegistrationService::Stub::ListClients, request).status();
  }
  absl::Status CreateTenant(const std::string& tenant) {
    v1::CreateTenantRequest request;
    request.set_tenant_id(tenant);
    return server_.Call(server_.admin(), &Admin::CreateTenant, request).status();
  }

  testing::TestServer server_;
};

TEST_F(AccessTokensTest, ATokenIsShownOnceAndWorks) {
  const std::string admin = server_.token();
  auto created = Create("tenants/default", {"read:clients", "read:clients", "check:decisions"});
  ASSERT_THAT(created, IsOk());
  EXPECT_THAT(created->token(), StartsWith("cimd_"));
  EXPECT_EQ(created->token().size(), 48u);
  const v1::AccessToken& token = created->access_token();
  EXPECT_THAT(token.name(), StartsWith("tenants/default/accessTokens/tok_"));
  EXPECT_THAT(token.scopes(), ElementsAre("check:decisions", "read:clients"));
  EXPECT_THAT(token.created_by(), StartsWith("tok_"));
  EXPECT_NE(token.etag(), "");

  auto read = Get(token.name());
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->SerializeAsString(), token.SerializeAsString());
  EXPECT_THAT(read->DebugString(), Not(HasSubstr(created->token())));

  server_.set_token(created->token());
  EXPECT_THAT(ListClients(), IsOk());
  EXPECT_THAT(Get(token.name()), Fails(StatusCode::kPermissionDenied, "SCOPE_INSUFFICIENT"));
  EXPECT_THAT(ListClients("other"), Fails(StatusCode::kPermissionDenied, "TENANT_FORBIDDEN"));
}

TEST_F(AccessTokensTest, ARevokedTokenIsUselessFromTheAnswerOn) {
  const std::string admin = server_.token();
  auto created = Create("platform", {"read:clients"});
  ASSERT_THAT(created, IsOk());
  const std::string name = created->access_token().name();
  EXPECT_THAT(name, StartsWith("platform/accessTokens/tok_"));
  server_.set_token(created->token());
  EXPECT_THAT(ListClients(), IsOk());
  server_.set_token(admin);
  EXPECT_THAT(Revoke(name, "1"), Fails(StatusCode::kAborted, "ETAG_MISMATCH"));
  auto revoked = Revoke(name, created->access_token().etag());
  ASSERT_THAT(revoked, IsOk());
  EXPECT_TRUE(revoked->has_revoke_time());
  EXPECT_EQ(Revoke(name)->SerializeAsString(), revoked->SerializeAsString());
  EXPECT_TRUE(Get(name)->has_revoke_time());
  server_.set_token(created->token());
  EXPECT_THAT(ListClients(), Fails(StatusCode::kUnauthenticated, "ACCESS_TOKEN_INVALID"));
  server_.Restart();
  EXPECT_THAT(ListClients(), Fails(StatusCode::kUnauthenticated, "ACCESS_TOKEN_INVALID"));
}

TEST_F(AccessTokensTest, NobodyGivesWhatTheyDoNotHold) {
  auto maker = Create("tenants/default", {"create:access_tokens", "read:clients"});
  ASSERT_THAT(maker, IsOk());
  ASSERT_THAT(CreateTenant("other"), IsOk());
  server_.set_token(maker->token());
  EXPECT_THAT(Create("tenants/default", {"read:clients"}), IsOk());
  EXPECT_THAT(Create("tenants/default", {"update:clients"}), Fails(StatusCode::kPermissionDenied, "SCOPE_NOT_HELD"));
  EXPECT_THAT(Create("tenants/default", {"*"}), Fails(StatusCode::kPermissionDenied, "SCOPE_NOT_HELD"));
  const absl::Status forbidden = Create("tenants/other", {"read:clients"}).status();
  EXPECT_THAT(forbidden, Fails(StatusCode::kPermissionDenied, "TENANT_FORBIDDEN"));
  for (const char* parent : {"platform", "platform/x", "tenants/nobody", "", "tenants/", "Tenants/default"}) {
    EXPECT_EQ(Create(parent, {"read:clients"}).status(), forbidden) << parent;
  }
}

TEST_F(AccessTokensTest, EveryMistakeIsNamed) {
  v1::CreateAccessTokenRequest request;
  request.set_parent("tenants/default");
  for (const char* scope : {"read:clients", "read:everything", "", "**"})
    request.mutable_access_token()->add_scopes(scope);
  request.mutable_access_token()->mutable_expire_time()->set_seconds(absl::ToUnixSeconds(absl::Now()) - 1);
  auto refused = server_.Call(server_.admin(), &Admin::CreateAccessToken, request);
  EXPECT_THAT(refused, Fails(StatusCode::kInvalidArgument, "FIELD_INVALID"));
  EXPECT_THAT(ViolationsOf(refused), ElementsAre("access_token.display_name REQUIRED", "access_token.scopes[1] UNKNOWN",
                                                 "access_token.scopes[2] UNKNOWN", "access_token.scopes[3] UNKNOWN",
                                                 "access_token.expire_time RANGE"));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("read:everything"));
  EXPECT_THAT(Create("tenants/default", {}), Fails(StatusCode::kInvalidArgument, "FIELD_INVALID"));
  EXPECT_THAT(Create("tenants/default", {"read:connections_options"}), IsOk());
  EXPECT_THAT(Create("tenants/nobody", {"read:clients"}), Fails(StatusCode::kNotFound, "TENANT_NOT_FOUND"));
  EXPECT_THAT(Create("elsewhere", {"read:clients"}), Fails(StatusCode::kInvalidArgument, "RESOURCE_NAME_INVALID"));
  for (const char* name : {"platform/accessTokens/tok_x", "tenants/default/accessTokens/tok_x"}) {
    EXPECT_THAT(Get(name), Fails(StatusCode::kNotFound, "ACCESS_TOKEN_NOT_FOUND")) << name;
    EXPECT_THAT(Revoke(name), Fails(StatusCode::kNotFound, "ACCESS_TOKEN_NOT_FOUND")) << name;
  }
  EXPECT_THAT(Get("platform/clients/tok_x"), Fails(StatusCode::kInvalidArgument, "RESOURCE_NAME_INVALID"));
}

TEST_F(AccessTokensTest, TokensOfADeletedTenantStopWorking) {
  ASSERT_THAT(CreateTenant("brief"), IsOk());
  auto created = Create("tenants/brief", {"*"});
  ASSERT_THAT(created, IsOk());
  const std::string admin = server_.token();
  v1::DeleteTenantRequest request;
  request.set_name("tenants/brief");
  ASSERT_THAT(server_.Call(server_.admin(), &Admin::DeleteTenant, request), IsOk());
  server_.set_token(created->token());
  EXPECT_THAT(ListClients("brief"), Fails(StatusCode::kUnauthenticated, "ACCESS_TOKEN_INVALID"));
  // A new tenant with the same ID must not make the tokens valid again.
  server_.set_token(admin);
  absl::Status again = CreateTenant("brief");
  for (int i = 0; i < 10000 && client::ReasonOf(again) == "TENANT_BEING_DELETED"; ++i) again = CreateTenant("brief");
  ASSERT_THAT(again, IsOk());
  EXPECT_THAT(Get(created->access_token().name()), Fails(StatusCode::kNotFound, "ACCESS_TOKEN_NOT_FOUND"));
  server_.set_token(created->token());
  EXPECT_THAT(ListClients("brief"), Fails(StatusCode::kUnauthenticated, "ACCESS_TOKEN_INVALID"));
}

TEST_F(AccessTokensTest, ListsPageByPage) {
  std::set<std::string> expected;
  for (int i = 0; i < 5; ++i) expected.insert(Create("tenants/default", {"read:clients"})->access_token().name());
  ASSERT_THAT(Revoke(*expected.begin()), IsOk());
  v1::ListAccessTokensRequest request;
  request.set_parent("tenants/default");
  request.set_page_size(2);
  std::vector<std::string> listed;
  do {
    auto page = server_.Call(server_.admin(), &Admin::ListAccessTokens, request);
    ASSERT_THAT(page, IsOk());
    for (const auto& token : page->access_tokens()) listed.push_back(token.name());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(listed, std::vector<std::string>(expected.begin(), expected.end()));
}

// The following tests work on a store with a clock that the test sets.
class FixedClock final : public rpc::Clock {
 public:
  absl::Time Now() const override { return now; }
  absl::Time now = absl::FromUnixSeconds(1'800'000'030);
};

class StoredTokensTest : public ::testing::Test {
 protected:
  StoredTokensTest() {
    storage::RocksDbOptions options;
    options.directory = dir_ / "db";
    store_ = *storage::OpenRocksDbStore(std::move(options));
  }

  // Writes a token of the platform.
  void Put(const std::string& token, const std::string& id, absl::Time expiry = absl::InfiniteFuture()) {
    storage::AccessTokenIdRecord record;
    record.set_digest(crypto::Sha256(token));
    record.mutable_access_token()->set_name("platform/accessTokens/" + id);
    record.mutable_access_token()->add_scopes("*");
    if (expiry != absl::InfiniteFuture()) {
      record.mutable_access_token()->mutable_expire_time()->set_seconds(absl::ToUnixSeconds(expiry));
    }
    storage::PutAccessToken(*transaction_, storage::keys::kPlatform, id, record);
  }
  void Begin() { transaction_ = *store_->Begin(); }
  void Commit() { ASSERT_THAT(store_->Commit(std::move(transaction_)), IsOk()); }
  // Writes tokens with the IDs tok_0, tok_1, ...; their values are token0, token1, ...
  void Fill(int tokens) {
    constexpr int kTokensPerCommit = 50;
    for (int i = 0; i < tokens; ++i) {
      if (i % kTokensPerCommit == 0) Begin();
      Put("token" + std::to_string(i), "tok_" + std::to_string(i));
      if (i % kTokensPerCommit == kTokensPerCommit - 1 || i == tokens - 1) Commit();
    }
  }

  std::string File(const std::string& content) {
    std::ofstream(dir_ / "given") << content;
    return dir_ / "given";
  }

  testing::TempDir dir_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<storage::Transaction> transaction_;
  FixedClock clock_;
};

TEST_F(StoredTokensTest, ATokenExpires) {
  Begin();
  Put("brief", "tok_1", clock_.now + absl::Seconds(10));
  Commit();
  callers::AccessTokenCallers callers(*store_, clock_);
  auto caller = callers.Find(crypto::Sha256("brief"));
  ASSERT_TRUE(caller.ok() && caller->has_value());
  EXPECT_EQ((*caller)->expire_time, clock_.now + absl::Seconds(10));
  EXPECT_EQ((*caller)->id, "tok_1");
  EXPECT_EQ((*caller)->kind, v1::CALLER_KIND_ACCESS_TOKEN);
  clock_.now += absl::Seconds(10);
  EXPECT_FALSE(callers.Find(crypto::Sha256("brief"))->has_value());
}

TEST_F(StoredTokensTest, TheLastUseIsWrittenDownLaterAndToTheMinute) {
  Begin();
  for (int i = 0; i < 30; ++i) Put("token" + std::to_string(i), "tok_" + std::to_string(i));
  Commit();
  callers::AccessTokenCallers callers(*store_, clock_);
  for (int i = 1; i < 30; ++i) ASSERT_TRUE(callers.Find(crypto::Sha256("token" + std::to_string(i))).ok());
  const storage::Revision before = store_->CurrentRevision();
  ASSERT_THAT(callers.FlushUses(), IsOk());
  EXPECT_EQ(store_->CurrentRevision(), before + 1);
  auto use = storage::Find<storage::AccessTokenUseRecord>(
      *store_, storage::keys::AccessTokenUse(storage::keys::kPlatform, "tok_7"));
  ASSERT_TRUE(use.ok() && use->has_value());
  EXPECT_EQ((*use)->record.time().seconds(), 1'800'000'000);
  EXPECT_FALSE(storage::Find<storage::AccessTokenUseRecord>(
                   *store_, storage::keys::AccessTokenUse(storage::keys::kPlatform, "tok_0"))
                   ->has_value());
  ASSERT_THAT(callers.FlushUses(), IsOk());
  EXPECT_EQ(store_->CurrentRevision(), before + 1) << "a flush without uses writes nothing";
}

TEST_F(StoredTokensTest, ThereIsRoomForAThousandOfWhichDeadOnesMakeRoom) {
  Fill(services::kMaxAccessTokens);
  const services::AccessTokenHandlers handlers(*store_, [] {});
  constexpr rpc::Method kMethod{"x/Create", rpc::WorkClass::kWrite, rpc::Scoping::kTenant, {"*"}};
  rpc::RequestContext call{.method = kMethod, .caller = {.scopes = {"*"}}, .now = clock_.now};
  v1::CreateAccessTokenRequest request;
  request.set_parent("platform");
  request.mutable_access_token()->set_display_name("one more");
  request.mutable_access_token()->add_scopes("*");
  EXPECT_THAT(handlers.CreateAccessToken(call, request),
              Fails(StatusCode::kResourceExhausted, "ACCESS_TOKENS_EXHAUSTED"));
  v1::RevokeAccessTokenRequest revoke;
  revoke.set_name("platform/accessTokens/tok_500");
  ASSERT_THAT(handlers.RevokeAccessToken(call, revoke), IsOk());
  ASSERT_THAT(handlers.CreateAccessToken(call, request), IsOk());
  v1::GetAccessTokenRequest get;
  get.set_name(revoke.name());
  EXPECT_THAT(handlers.GetAccessToken(call, get), Fails(StatusCode::kNotFound, "ACCESS_TOKEN_NOT_FOUND"));
  EXPECT_THAT(handlers.CreateAccessToken(call, request),
              Fails(StatusCode::kResourceExhausted, "ACCESS_TOKENS_EXHAUSTED"));
}

TEST_F(StoredTokensTest, AListThatNobodyWaitsForAnyMoreIsGivenUp) {
  Fill(300);
  const services::AccessTokenHandlers handlers(*store_, [] {});
  constexpr rpc::Method kMethod{"x/List", rpc::WorkClass::kBulk, rpc::Scoping::kTenant, {"*"}};
  rpc::RequestContext call{.method = kMethod, .caller = {.scopes = {"*"}}, .now = clock_.now};
  v1::ListAccessTokensRequest request;
  request.set_parent("platform");
  request.set_page_size(1000);
  const auto whole = handlers.ListAccessTokens(call, request);
  ASSERT_THAT(whole, IsOk());
  EXPECT_EQ(whole->access_tokens_size(), 300);
  call.is_cancelled = [] { return true; };
  EXPECT_THAT(handlers.ListAccessTokens(call, request), Fails(StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED"));
}

TEST_F(StoredTokensTest, TheFirstTokenCanBeGiven) {
  constexpr char kToken[] = "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9";
  const std::string generated = dir_ / "admin-token";
  EXPECT_EQ(*BootstrapIfNew(*store_, File(std::string(kToken) + "\n"), generated, clock_.now), Bootstrap::kGiven);
  struct stat unused;
  EXPECT_NE(stat(generated.c_str(), &unused), 0);
  EXPECT_TRUE(storage::FindAccessToken(*store_, crypto::Sha256(kToken))->has_value());
  // A different token given later changes nothing.
  EXPECT_EQ(*BootstrapIfNew(*store_, File(std::string(40, 'x')), generated, clock_.now), Bootstrap::kNotNew);
}

TEST_F(StoredTokensTest, TheAuditLogBeginsWithTheFirstTokenAndTenant) {
  ASSERT_EQ(*BootstrapIfNew(*store_, "", dir_ / "admin-token", clock_.now), Bootstrap::kGenerated);
  std::string token;
  std::ifstream(dir_ / "admin-token") >> token;
  std::vector<storage::AuditRecord> events;
  CIMD_ASSERT_OK_AND_ASSIGN(auto snapshot, store_->TakeSnapshot());
  CIMD_ASSERT_OK(storage::ReadAuditEvents(*snapshot, storage::keys::kPlatform, {}, 10,
                                          [&](std::string_view, const storage::AuditRecord& event) {
                                            events.push_back(event);
                                            return true;
                                          }));
  ASSERT_EQ(events.size(), 2u);
  // Newest first.
  EXPECT_EQ(events[0].method(), "cimd.v1.AdminService/CreateTenant");
  EXPECT_EQ(events[0].resource(), "tenants/default");
  EXPECT_EQ(events[1].method(), "cimd.v1.AdminService/CreateAccessToken");
  EXPECT_THAT(events[1].resource(), StartsWith("platform/accessTokens/tok_"));
  for (const storage::AuditRecord& event : events) {
    EXPECT_EQ(event.caller_kind(), v1::CALLER_KIND_SERVER);
    EXPECT_EQ(event.before_sha256(), "");
    EXPECT_EQ(event.after_sha256().size(), 64u);
    EXPECT_GT(event.changes_size(), 0);
    EXPECT_THAT(event.SerializeAsString(), Not(HasSubstr(token)));
    EXPECT_THAT(event.SerializeAsString(), Not(HasSubstr(crypto::Sha256(token))));
  }
}

TEST_F(StoredTokensTest, APlatformTokenCanBeMadeInAClosedStore) {
  ASSERT_EQ(*BootstrapIfNew(*store_, "", dir_ / "admin-token", clock_.now), Bootstrap::kGenerated);
  // Recovery must fail while a server has the store open.
  EXPECT_FALSE(RecoverPlatformToken(dir_.path(), clock_.now).ok());
  store_.reset();
  EXPECT_THAT(RecoverPlatformToken(dir_ / "nothing", clock_.now), StatusIs(StatusCode::kNotFound));
  CIMD_ASSERT_OK_AND_ASSIGN(const std::string token, RecoverPlatformToken(dir_.path(), clock_.now));
  EXPECT_THAT(callers::CheckAccessTokenStrength(token), IsOk());

  storage::RocksDbOptions options;
  options.directory = dir_ / "db";
  store_ = *storage::OpenRocksDbStore(std::move(options));
  CIMD_ASSERT_OK_AND_ASSIGN(auto found, storage::FindAccessToken(*store_, crypto::Sha256(token)));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->record.tenant(), "");
  EXPECT_THAT(found->record.scopes(), ElementsAre("*"));
  EXPECT_FALSE(found->record.has_expire_time());
  std::vector<storage::AuditRecord> events;
  CIMD_ASSERT_OK_AND_ASSIGN(auto snapshot, store_->TakeSnapshot());
  CIMD_ASSERT_OK(storage::ReadAuditEvents(*snapshot, storage::keys::kPlatform, {}, 10,
                                          [&](std::string_view, const storage::AuditRecord& event) {
                                            events.push_back(event);
                                            return true;
                                          }));
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].caller_kind(), v1::CALLER_KIND_SERVER);
  EXPECT_EQ(events[0].method(), "cimd.v1.AdminService/CreateAccessToken");
  EXPECT_EQ(events[0].resource(), "platform/accessTokens/" + found->record.id());
}

TEST_F(StoredTokensTest, AFirstTokenThatCanBeGuessedIsRefused) {
  const std::string generated = dir_ / "admin-token";
  for (const char* weak :
       {"", "\n", "secret", "0123456789abcdef0123456789abcde", "changemechangemechangemechangeme",
        "00000000000000000000000000000000000000000000000000000000", "0123456789abcdef 0123456789abcdef0",
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.AAAAAAAAAAAAAAAA"}) {
    auto refused = BootstrapIfNew(*store_, File(weak), generated, clock_.now);
    EXPECT_FALSE(refused.ok()) << weak;
    EXPECT_THAT(std::string(refused.status().message()), StartsWith("--bootstrap_token_file: ")) << weak;
    if (std::string_view(weak).size() > 1) {
      EXPECT_THAT(std::string(refused.status().message()), Not(HasSubstr(weak)));
    }
  }
  EXPECT_THAT(BootstrapIfNew(*store_, dir_ / "nothing", generated, clock_.now), StatusIs(StatusCode::kNotFound));
  EXPECT_EQ(store_->CurrentRevision(), 0);
  EXPECT_EQ(*BootstrapIfNew(*store_, "", generated, clock_.now), Bootstrap::kGenerated);
  std::string token;
  std::ifstream(generated) >> token;
  EXPECT_THAT(callers::CheckAccessTokenStrength(token), IsOk());
}

}  // namespace
}  // namespace cimd
