#include "server/mutations/field_changes.h"

#include <string>
#include <vector>

#include "cimd/v1/admin_service.pb.h"
#include "cimd/v1/connections_service.pb.h"
#include "cimd/v1/grants_service.pb.h"
#include "cimd/v1/registration_service.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"

namespace cimd::services {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Returns "field -old +new" for every change.
std::vector<std::string> Changes(const google::protobuf::Message& before, const google::protobuf::Message& after,
                                 storage::AuditRecord event = {}) {
  AddFieldChanges(before, after, "", event);
  std::vector<std::string> changes;
  for (const v1::FieldChange& change : event.changes()) {
    changes.push_back(change.field() + (change.has_old_value() ? " -" + change.old_value() : "") +
                      (change.has_new_value() ? " +" + change.new_value() : ""));
  }
  return changes;
}

TEST(FieldChangesTest, EveryKindOfFieldIsTold) {
  v1::Tenant before;
  before.set_display_name("Old");
  before.set_issuer("https://old.example/");
  before.add_domains("a.example");
  before.add_domains("b.example");
  before.set_client_id_metadata_document_supported(true);
  v1::Tenant after;
  after.set_display_name("New");
  after.set_document_profile(v1::DOCUMENT_PROFILE_STRICT);
  after.add_domains("b.example");
  after.add_domains("c.example");
  after.mutable_endpoints()->set_token_endpoint("https://t.example/");
  EXPECT_THAT(Changes(before, after),
              ElementsAre("display_name -Old +New", "client_id_metadata_document_supported -true",
                          "document_profile +DOCUMENT_PROFILE_STRICT", "issuer -https://old.example/",
                          "endpoints.token_endpoint +https://t.example/", "domains +c.example", "domains -a.example"));
}

TEST(FieldChangesTest, ListsOfMessagesAreToldElementByElement) {
  v1::ResourceServer before;
  before.add_scopes()->set_value("read");
  v1::ResourceServer after = before;
  after.mutable_scopes(0)->set_description("Reads");
  EXPECT_THAT(Changes(before, after),
              ElementsAre("scopes +{\"value\":\"read\",\"description\":\"Reads\"}", "scopes -{\"value\":\"read\"}"));
}

TEST(FieldChangesTest, WhatEveryWriteChangesIsNoChange) {
  v1::Tenant before;
  before.set_display_name("Same");
  v1::Tenant after = before;
  after.set_etag("7");
  after.mutable_update_time()->set_seconds(5);
  EXPECT_FALSE(IsChanged(before, after));
  EXPECT_THAT(Changes(before, after), IsEmpty());
  after.set_display_name("Other");
  EXPECT_TRUE(IsChanged(before, after));
}

TEST(FieldChangesTest, SecretsAreToldWithoutTheirValues) {
  v1::Connection before;
  (*before.mutable_options()->mutable_fields())["client_secret"].set_string_value("old-secret");
  v1::Connection after = before;
  (*after.mutable_options()->mutable_fields())["client_secret"].set_string_value("new-secret");
  EXPECT_TRUE(IsChanged(before, after));
  EXPECT_THAT(Changes(before, after), ElementsAre("options"));
  // A digest that depends on the secret would let an attacker test guesses.
  EXPECT_EQ(ResourceDigest(before), ResourceDigest(after));
  after.set_display_name("Other");
  EXPECT_NE(ResourceDigest(before), ResourceDigest(after));
}

// Fields with secrets must be listed. This test finds fields whose names suggest a secret.
TEST(FieldChangesTest, NoFieldThatSoundsSecretIsTold) {
  const google::protobuf::Descriptor* resources[] = {v1::Tenant::descriptor(),      v1::Client::descriptor(),
                                                     v1::ClientBlock::descriptor(), v1::ResourceServer::descriptor(),
                                                     v1::ClientGrant::descriptor(), v1::Connection::descriptor(),
                                                     v1::AccessToken::descriptor()};
  for (const auto* resource : resources) {
    for (int i = 0; i < resource->field_count(); ++i) {
      const std::string& name = resource->field(i)->name();
      for (const char* word : {"secret", "password", "private", "assertion_text", "credential"}) {
        EXPECT_EQ(name.find(word), std::string::npos) << resource->field(i)->full_name();
      }
      EXPECT_NE(name, "token") << resource->full_name();
    }
  }
}

TEST(FieldChangesTest, LongValuesAreCutWhereACharacterEnds) {
  v1::Tenant after;
  std::string name = "x";
  while (name.size() < 4 * kMaxChangeValueBytes) name += "\xE2\x82\xAC";
  after.set_display_name(name);
  const std::string change = Changes(v1::Tenant(), after).at(0);
  EXPECT_LE(change.size(), kMaxChangeValueBytes + 32);
  const std::string value = change.substr(std::string("display_name +").size());
  EXPECT_EQ((value.size() - 4) % 3, 0u);
  EXPECT_TRUE(value.ends_with("\xE2\x82\xAC..."));
}

TEST(FieldChangesTest, ManyChangesAreCounted) {
  v1::Tenant after;
  for (int i = 0; i < kMaxChanges + 40; ++i) after.add_scopes_supported("s" + std::to_string(i));
  storage::AuditRecord event;
  AddFieldChanges(v1::Tenant(), after, "", event);
  EXPECT_EQ(event.changes_size(), kMaxChanges);
  EXPECT_EQ(event.omitted_changes(), 40);

  storage::AuditRecord filled;
  for (int i = 0; i < kMaxChanges + 3; ++i) filled.add_changes()->set_new_value(std::string(10'000, 'v'));
  BoundFieldChanges(filled);
  EXPECT_EQ(filled.changes_size(), kMaxChanges);
  EXPECT_EQ(filled.omitted_changes(), 3);
  EXPECT_LT(filled.ByteSizeLong(), 100'000u);
}

TEST(FieldChangesTest, DigestsDoNotDependOnTheOrderOfMaps) {
  v1::Connection one;
  v1::Connection other;
  for (int i = 0; i < 20; ++i) (*one.mutable_metadata())[std::to_string(i)] = "v";
  for (int i = 19; i >= 0; --i) (*other.mutable_metadata())[std::to_string(i)] = "v";
  EXPECT_EQ(ResourceDigest(one), ResourceDigest(other));
  EXPECT_EQ(ResourceDigest(one).size(), 64u);
}

}  // namespace
}  // namespace cimd::services
