#include "storage/audit/integrity.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/crypto/sha256.h"
#include "storage/audit/audit_chain.h"
#include "storage/audit/audit_log.h"
#include "storage/keys.h"
#include "storage/repositories/access_token_repository.h"
#include "storage/repositories/client_key_repository.h"
#include "storage/repositories/client_repository.h"
#include "storage/repositories/connection_repository.h"
#include "storage/repositories/document_repository.h"
#include "storage/repositories/grant_repository.h"
#include "storage/repositories/idempotency_records.h"
#include "storage/repositories/purge.h"
#include "storage/repositories/tenant_repository.h"
#include "storage/run_in_transaction.h"
#include "tests/storage/store_directory.h"
#include "tests/testing/status_matchers.h"

namespace cimd::storage {
namespace {

using keys::Kind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kAcme[] = "acme";

std::string UrlOf(const std::string& id) { return "https://" + id + ".example.net/client"; }

ClientRecord PutClientWithDocuments(Transaction& transaction, const std::string& tenant, const std::string& id,
                                    int versions, bool blocked = false) {
  ClientRecord record;
  v1::Client& client = *record.mutable_client();
  client.set_name("tenants/" + tenant + "/clients/" + id);
  client.mutable_metadata()->set_external_client_id(UrlOf(id));
  client.set_state(blocked ? v1::CLIENT_STATE_BLOCKED : v1::CLIENT_STATE_ACTIVE);
  for (int version = 1; version <= versions; ++version) {
    DocumentRecord document;
    document.mutable_document()->set_body("{" + std::string(version, ' ') + "}");
    document.mutable_document()->set_document_sha256(crypto::Sha256Hex(document.document().body()));
    PutDocument(transaction, tenant, id, version, document);
    client.set_document_sha256(document.document().document_sha256());
  }
  client.set_document_version(versions);
  record.set_last_document_version(versions);
  PutClient(transaction, tenant, record);
  if (blocked) {
    ClientBlockRecord block;
    block.mutable_block()->set_external_client_id(UrlOf(id));
    PutRecord(transaction, keys::ClientBlock(tenant, UrlOf(id)), block);
  }
  return record;
}

ResourceServerRecord PutApi(Transaction& transaction, const std::string& id) {
  ResourceServerRecord record;
  record.mutable_resource_server()->set_name("tenants/acme/resourceServers/" + id);
  record.mutable_resource_server()->set_identifier("https://" + id);
  record.mutable_resource_server()->add_scopes()->set_value("read");
  PutResourceServer(transaction, kAcme, record);
  return record;
}

void PutGrant(Transaction& transaction, const std::string& id, const std::string& api, const std::string& client) {
  ClientGrantRecord record;
  record.set_resource_server(api);
  v1::ClientGrant& grant = *record.mutable_client_grant();
  grant.set_name("tenants/acme/clientGrants/" + id);
  grant.set_audience("https://" + api);
  if (!client.empty()) grant.set_client("tenants/acme/clients/" + client);
  grant.set_subject_type(v1::SUBJECT_TYPE_USER);
  grant.add_scopes("read");
  PutClientGrant(transaction, kAcme, record);
}

ConnectionRecord PutLogin(Transaction& transaction, const std::string& id, bool at_domain_level) {
  ConnectionRecord record;
  record.mutable_connection()->set_name("tenants/acme/connections/" + id);
  record.mutable_connection()->set_connection_name("login-" + id);
  record.mutable_connection()->set_is_domain_connection(at_domain_level);
  CIMD_EXPECT_OK(PutConnection(transaction, kAcme, record));
  return record;
}

v1::Tenant TenantCalled(const std::string& id, v1::TenantState state) {
  v1::Tenant tenant;
  tenant.set_name("tenants/" + id);
  tenant.set_issuer("https://" + id + ".example.net/");
  tenant.add_domains("login." + id + ".example.net");
  tenant.set_state(state);
  return tenant;
}

// A consistent store with a record of every kind, including deleted resources that wait for the purge.
class IntegrityTest : public ::testing::Test {
 protected:
  IntegrityTest() {
    auto opened = directory_.Open();
    if (opened.ok()) store_ = *std::move(opened);
    ClientRecord deleted_client;
    ResourceServerRecord deleted_api;
    ConnectionRecord deleted_login;
    Commit([&](Transaction& t) {
      CIMD_EXPECT_OK(PutTenant(t, nullptr, TenantCalled(kAcme, v1::TENANT_STATE_ACTIVE)));
      CIMD_EXPECT_OK(PutTenant(t, nullptr, TenantCalled("closing", v1::TENANT_STATE_DELETING)));
      for (const KeyRange& range : keys::AllOfTenantButAuditLog("closing")) {
        SchedulePurge(t, range, range.end == keys::AllOfTenant("closing").end ? "closing" : "");
      }
      AccessTokenIdRecord token;
      token.set_digest(crypto::Sha256("token"));
      PutAccessToken(t, keys::kPlatform, "tok_a", token);
      token.set_digest(crypto::Sha256("another"));
      PutAccessToken(t, kAcme, "tok_b", token);
      ClientKeysRecord client_keys;
      client_keys.mutable_refresh_time()->set_seconds(1);
      PutClientKeys(t, kAcme, "tpc_a", nullptr, client_keys);
      PutRequest(t, kAcme, "request", {});
      AppendAuditEvent(t, kAcme, {});
      AppendAuditEvent(t, keys::kPlatform, {});
      PutClientWithDocuments(t, kAcme, "tpc_a", 2);
      PutClientWithDocuments(t, kAcme, "tpc_b", 1, /*blocked=*/true);
      deleted_client = PutClientWithDocuments(t, kAcme, "tpc_deleted", 2);
      PutApi(t, "api");
      deleted_api = PutApi(t, "deleted");
      PutGrant(t, "cgr_default", "api", "");
      PutGrant(t, "cgr_a", "api", "tpc_a");
      PutGrant(t, "cgr_of_deleted_client", "api", "tpc_deleted");
      PutGrant(t, "cgr_of_deleted_api", "deleted", "tpc_a");
    });
    Commit([&](Transaction& t) {
      PutLogin(t, "con_domain", true);
      PutLogin(t, "con_other", false);
      deleted_login = PutLogin(t, "con_deleted", true);
      PutRefreshFailure(t, kAcme, "tpc_a", {});
      PutRefreshFailure(t, kAcme, "tpc_deleted", {});
      SetConnectionClient(t, kAcme, "con_other", "tpc_a", true);
      SetConnectionClient(t, kAcme, "con_other", "tpc_deleted", true);
      SetConnectionClient(t, kAcme, "con_deleted", "tpc_a", true);
      // A tenant in deletion, of which the purge has removed half.
      t.Put(keys::DomainConnections("closing"), "");
      t.Put(keys::ClientGrantById("closing", "cgr_x"), "");
      t.Put(keys::ClientById("closing", "tpc_x"), "");
    });
    CIMD_EXPECT_OK(PutAccessTokenUses(*store_, {{std::string(keys::kPlatform), "tok_a", absl::UnixEpoch()}}));
    for (const std::string_view log : {keys::kPlatform, std::string_view(kAcme)}) {
      CIMD_EXPECT_OK(LinkAuditEvents(*store_, log, crypto::Sha256));
    }
    Commit([&](Transaction& t) {
      DeleteClient(t, kAcme, deleted_client);
      DeleteResourceServer(t, kAcme, deleted_api);
      CIMD_EXPECT_OK(DeleteConnection(t, kAcme, deleted_login));
    });
  }

  void Commit(const std::function<void(Transaction&)>& body) {
    CIMD_EXPECT_OK(RunInTransaction(*store_, [&](Transaction& transaction) {
      body(transaction);
      return absl::OkStatus();
    }));
  }

  // Returns "record: problem" for every inconsistency.
  std::vector<std::string> Check(int64_t* records = nullptr) {
    std::vector<std::string> found;
    auto snapshot = store_->TakeSnapshot();
    CIMD_EXPECT_OK(snapshot);
    absl::StatusOr<int64_t> walked = CheckIntegrity(
        **snapshot, {.sha256 = crypto::Sha256,
                     .report = [&](const Disagreement& it) { found.push_back(it.record + ": " + it.problem); },
                     .go_on = [] { return true; }});
    CIMD_EXPECT_OK(walked);
    if (records != nullptr) *records = walked.value_or(-1);
    return found;
  }

  std::map<std::string, std::string> AllEntries() {
    std::map<std::string, std::string> entries;
    auto snapshot = store_->TakeSnapshot();
    CIMD_EXPECT_OK(snapshot);
    CIMD_EXPECT_OK((*snapshot)->Scan({}, 0, [&](std::string_view key, std::string_view value, Revision) {
      entries.emplace(key, value);
      return true;
    }));
    return entries;
  }

  void Put(const std::string& key, const std::optional<std::string>& value) {
    Commit(
        [&](Transaction& transaction) { value.has_value() ? transaction.Put(key, *value) : transaction.Delete(key); });
  }

  // Changes one record, returns the check's findings, and restores the record.
  template <typename Record>
  std::vector<std::string> CheckWith(const std::string& key, const std::function<void(Record&)>& change) {
    auto before = Get(*store_, key);
    CIMD_EXPECT_OK(before);
    Record record;
    CIMD_EXPECT_OK(ParseRecord(*before, record));
    change(record);
    Put(key, record.SerializeAsString());
    std::vector<std::string> found = Check();
    Put(key, *before);
    return found;
  }

  StoreDirectory directory_;
  std::unique_ptr<Store> store_;
};

TEST_F(IntegrityTest, WhatTheRepositoriesWriteAgrees) {
  int64_t records = 0;
  EXPECT_THAT(Check(&records), IsEmpty());
  const std::map<std::string, std::string> entries = AllEntries();
  EXPECT_EQ(records, static_cast<int64_t>(entries.size()));
  std::set<Kind> kinds;
  for (const auto& [key, value] : entries) kinds.insert(keys::KindOf(key));
  EXPECT_EQ(kinds.size(), 28u) << "the test's store lacks a kind of record";
}

TEST_F(IntegrityTest, WhatIsLeftToBeRemovedAgreesAtEveryStepOfTheWay) {
  PurgeWalk walk(*store_);
  for (bool more = true; more;) {
    EXPECT_THAT(Check(), IsEmpty());
    CIMD_ASSERT_OK_AND_ASSIGN(more, walk.Step([](std::string_view key) { ADD_FAILURE() << keys::Describe(key); }));
  }
  EXPECT_THAT(Check(), IsEmpty());
  for (const auto& [key, value] : AllEntries()) EXPECT_NE(keys::KindOf(key), Kind::kPurge);
}

// The check must find any single record that is lost, damaged or moved.
TEST_F(IntegrityTest, EveryLossAndDamageIsFound) {
  // No other record refers to these kinds, so their loss cannot be detected.
  const std::set<Kind> alone = {Kind::kRequest, Kind::kAccessTokenUse, Kind::kClientKeys, Kind::kKeyRefresh,
                                Kind::kRefreshFailure};
  for (const auto& [key, value] : AllEntries()) {
    SCOPED_TRACE(keys::Describe(key));
    const std::optional<keys::Parts> parts = keys::Parse(key);
    ASSERT_TRUE(parts.has_value());
    // Rewriting an audit event is a separate inconsistency, tested below.
    if (parts->kind == Kind::kAuditEvent) continue;
    const bool closing = parts->tenant == "closing";
    // The purge deletes the versions of a deleted client one by one.
    const bool leaving = (parts->kind == Kind::kDocument || parts->kind == Kind::kDocumentByDigest) &&
                         parts->strings[0] == "tpc_deleted";
    Put(key, std::nullopt);
    if (!alone.contains(parts->kind) && !closing && !leaving) {
      EXPECT_THAT(Check(), Not(IsEmpty())) << "a loss is not found";
    }
    if (!closing) {
      Put(key, "\xff\xff");
      EXPECT_THAT(Check(), Not(IsEmpty())) << "damage is not found";
      Put(key, std::nullopt);
    }
    Put(key + "x", value);
    EXPECT_THAT(Check(), Not(IsEmpty())) << "a key that nobody makes is not found";
    Put(key + "x", std::nullopt);
    Put(key, value);
    ASSERT_THAT(Check(), IsEmpty());
  }
}

TEST_F(IntegrityTest, AnAuditEventThatIsLostOrWrittenAgainIsFound) {
  std::string key;
  for (const auto& [other, value] : AllEntries()) {
    if (keys::KindOf(other) == Kind::kAuditEvent && keys::TenantOf(other) == kAcme) key = other;
  }
  CIMD_ASSERT_OK_AND_ASSIGN(const std::string event, Get(*store_, key));
  Put(key, std::nullopt);
  EXPECT_THAT(Check(), ElementsAre(HasSubstr("AuditChain acme: of 'acme': link 1 is about 1 event")));
  Put(key, event);
  EXPECT_THAT(Check(), ElementsAre(HasSubstr("written again at revision")));
}

TEST_F(IntegrityTest, SaysWhatDisagreesWithWhat) {
  const std::string client = keys::Client(kAcme, UrlOf("tpc_a"));
  EXPECT_THAT(CheckWith<ClientRecord>(client, [](auto& r) { r.mutable_client()->set_document_version(7); }),
              ElementsAre("Client https://tpc_a.example.net/client: its document version 7 does not exist"));
  EXPECT_THAT(CheckWith<ClientRecord>(client, [](auto& r) { r.mutable_client()->set_document_version(1); }),
              ElementsAre(HasSubstr("its document version 1 has another digest")));
  EXPECT_THAT(CheckWith<ClientRecord>(client, [](auto& r) { r.mutable_client()->set_state(v1::CLIENT_STATE_BLOCKED); }),
              ElementsAre(HasSubstr("it is blocked, but its URL is not")));
  EXPECT_THAT(CheckWith<ClientRecord>(client, [](auto& r) { r.set_last_document_version(1); }),
              ElementsAre("Document tpc_a 2: its client has versions 1 to 1"));
  EXPECT_THAT(CheckWith<DocumentRecord>(keys::Document(kAcme, "tpc_a", 1),
                                        [](auto& r) { r.mutable_document()->set_body("{\"another\":1}"); }),
              ElementsAre("Document tpc_a 1: its body does not have the digest that is recorded"));
  EXPECT_THAT(CheckWith<ResourceServerRecord>(keys::ResourceServer(kAcme, "https://api"),
                                              [](auto& r) { r.mutable_resource_server()->clear_scopes(); }),
              Contains(HasSubstr("the API has no scope 'read'")));
  EXPECT_THAT(CheckWith<ConnectionRecord>(keys::Connection(kAcme, "con_other"),
                                          [](auto& r) { r.mutable_connection()->set_is_domain_connection(true); }),
              ElementsAre(HasSubstr("it is at domain level, but not in the tenant's list of those")));
  EXPECT_THAT(CheckWith<ConnectionRecord>(keys::Connection(kAcme, "con_domain"),
                                          [](auto& r) { r.mutable_connection()->set_display_name("Another"); }),
              ElementsAre("DomainConnections: what it says of 'tenants/acme/connections/con_domain' is not so"));
  EXPECT_THAT(CheckWith<TenantRecord>(keys::Tenant("closing"),
                                      [](auto& r) { r.mutable_tenant()->set_state(v1::TENANT_STATE_ACTIVE); }),
              Contains(HasSubstr("the tenant 'closing' is not being deleted")));
  EXPECT_THAT(CheckWith<TenantRecord>(keys::Tenant(kAcme), [](auto& r) { r.mutable_tenant()->add_domains("new.net"); }),
              ElementsAre("Tenant acme: it does not answer for its address new.net"));
}

TEST_F(IntegrityTest, RecordsOfATenantThatDoesNotExistAreToldOnce) {
  Commit([&](Transaction& t) { PutClientWithDocuments(t, "nobody", "tpc_n", 3); });
  EXPECT_THAT(Check(), ElementsAre(HasSubstr("the tenant does not exist")));
}

TEST_F(IntegrityTest, EndsWhenItIsTold) {
  auto snapshot = store_->TakeSnapshot();
  CIMD_ASSERT_OK(snapshot);
  int asked = 0;
  EXPECT_THAT(CheckIntegrity(**snapshot, {.sha256 = crypto::Sha256,
                                          .report = [](const Disagreement&) {},
                                          .go_on = [&] { return ++asked <= 5; }}),
              cimd::testing::IsOkAndHolds(5));
}

TEST_F(IntegrityTest, GoesOnBehindDamagedBlocks) {
  namespace fs = std::filesystem;
  // Audit events fill most of the tables. The inconsistency comes after them.
  std::minstd_rand random;
  for (int i = 0; i < 40; ++i) {
    AuditRecord event;
    for (int byte = 0; byte < 8000; ++byte) event.mutable_method()->push_back(static_cast<char>('!' + random() % 90));
    Commit([&](Transaction& t) { AppendAuditEvent(t, kAcme, event); });
  }
  Put(keys::ConnectionByName(kAcme, "login-con_other"), std::nullopt);
  CIMD_ASSERT_OK(store_->CopyTo(directory_.parent() + "/copy"));
  store_.reset();
  int damaged = 0;
  for (const auto& file : fs::directory_iterator(directory_.parent() + "/copy")) {
    if (file.path().extension() != ".sst" || file.file_size() < 100'000) continue;
    SCOPED_TRACE(file.path().filename().string());
    fs::remove_all(directory_.path());
    fs::copy(directory_.parent() + "/copy", directory_.path());
    std::fstream table(directory_.path() / file.path().filename(), std::ios::in | std::ios::out | std::ios::binary);
    table.seekp(static_cast<std::streamoff>(file.file_size() / 2));
    ASSERT_TRUE(table << "damage" << std::flush);
    CIMD_ASSERT_OK_AND_ASSIGN(store_, directory_.Open());
    const std::vector<std::string> found = Check();
    store_.reset();
    EXPECT_THAT(found, Contains(HasSubstr("its name 'login-con_other' does not lead to it")));
    if (std::any_of(found.begin(), found.end(), [](auto& it) { return it.find("is damaged") != it.npos; })) ++damaged;
  }
  // The check does not read the tables of the change history.
  EXPECT_EQ(damaged, 1);
}

}  // namespace
}  // namespace cimd::storage
