#include "server/mutations/audited_transaction.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/mutations/field_changes.h"
#include "storage/keys.h"
#include "storage/record.h"
#include "storage/repositories/client_repository.h"
#include "storage/rocksdb/rocksdb_store.h"
#include "storage/run_in_transaction.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace cimd::services {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

namespace keys = storage::keys;

storage::ClientRecord Client(const std::string& id) {
  storage::ClientRecord record;
  record.mutable_client()->set_name("tenants/t/clients/" + id);
  record.mutable_client()->mutable_metadata()->set_external_client_id("https://" + id + ".example/c");
  record.mutable_client()->mutable_metadata()->set_client_name("App");
  return record;
}

constexpr char kId[] = "tpc_0123456789012345678901";
constexpr char kSecondId[] = "tpc_1123456789012345678901";

class AuditedTransactionTest : public ::testing::Test {
 protected:
  AuditedTransactionTest() {
    storage::RocksDbOptions options;
    options.directory = dir_ / "db";
    store_ = *storage::OpenRocksDbStore(std::move(options));
    for (const char* id : {kId, kSecondId}) {
      Commit([&](storage::Transaction& transaction) { storage::PutClient(transaction, "t", Client(id)); });
    }
  }

  void Commit(const std::function<void(storage::Transaction&)>& body) {
    CIMD_ASSERT_OK(storage::RunInTransaction(*store_, [&](storage::Transaction& transaction) {
      body(transaction);
      return absl::OkStatus();
    }));
  }

  struct Described {
    bool changed = false;
    storage::AuditRecord event;
  };
  // Returns the description of what `body` writes. The writes are not committed.
  Described Describe(ResourceChange change, const std::function<void(storage::Transaction&)>& body) {
    std::unique_ptr<storage::Transaction> transaction = *store_->Begin();
    AuditedTransaction audited(*transaction);
    body(audited);
    Described described;
    absl::StatusOr<bool> changed = audited.Describe(std::move(change), described.event);
    EXPECT_TRUE(changed.ok()) << changed.status();
    described.changed = changed.value_or(false);
    return described;
  }

  static std::vector<std::string> FieldsOf(const storage::AuditRecord& event) {
    std::vector<std::string> fields;
    for (const v1::FieldChange& change : event.changes()) fields.push_back(change.field());
    return fields;
  }

  static std::string NameOf(const std::string& id) { return "tenants/t/clients/" + id; }
  static std::string UrlOf(const std::string& id) { return "https://" + id + ".example/c"; }

  testing::TempDir dir_;
  std::unique_ptr<storage::Store> store_;
};

TEST_F(AuditedTransactionTest, ADeletedClientIsNamedByItsUrl) {
  const Described told = Describe({.resource = NameOf(kId)}, [](storage::Transaction& transaction) {
    storage::DeleteClient(transaction, "t", Client(kId));
  });
  EXPECT_TRUE(told.changed);
  EXPECT_THAT(told.event.external_client_ids(), ElementsAre(UrlOf(kId)));
  EXPECT_THAT(told.event.before_sha256(), SizeIs(64));
  EXPECT_THAT(told.event.after_sha256(), IsEmpty());
}

TEST_F(AuditedTransactionTest, ABlockedUrlIsNamedAlsoWithoutAClient) {
  const Described told = Describe({.resource = "https://other.example/c"}, [](storage::Transaction& transaction) {
    storage::ClientBlockRecord block;
    block.mutable_block()->set_external_client_id("https://other.example/c");
    storage::PutRecord(transaction, keys::ClientBlock("t", "https://other.example/c"), block);
  });
  EXPECT_TRUE(told.changed);
  EXPECT_EQ(told.event.resource(), "https://other.example/c");
  EXPECT_THAT(told.event.external_client_ids(), ElementsAre("https://other.example/c"));
}

TEST_F(AuditedTransactionTest, AGrantNamesItsClient) {
  storage::ClientGrantRecord grant;
  grant.mutable_client_grant()->set_name("tenants/t/clientGrants/g");
  grant.mutable_client_grant()->set_client(NameOf(kId));
  auto put = [&](storage::Transaction& transaction) {
    storage::PutRecord(transaction, keys::ClientGrant("t", "api", kId, 1), grant);
  };
  EXPECT_THAT(Describe({.resource = "tenants/t/clientGrants/g"}, put).event.external_client_ids(),
              ElementsAre(UrlOf(kId)));
  grant.mutable_client_grant()->clear_client();
  EXPECT_THAT(Describe({.resource = "tenants/t/clientGrants/g"}, put).event.external_client_ids(), IsEmpty());
  // The URL of a deleted client is no longer known.
  grant.mutable_client_grant()->set_client(NameOf("tpc_9123456789012345678901"));
  EXPECT_THAT(Describe({.resource = "tenants/t/clientGrants/g"}, put).event.external_client_ids(), IsEmpty());
}

TEST_F(AuditedTransactionTest, EveryClientOfAConnectionThatChangedIsNamed) {
  auto enable = [](const char* id) {
    storage::ConnectionClientRecord record;
    record.set_client(id);
    return record;
  };
  Commit([&](storage::Transaction& transaction) {
    storage::PutRecord(transaction, keys::ConnectionClient("t", "con", kSecondId), enable(kSecondId));
  });
  const Described told = Describe({.resource = "tenants/t/connections/con"}, [&](storage::Transaction& transaction) {
    storage::PutRecord(transaction, keys::ConnectionClient("t", "con", kId), enable(kId));
    transaction.Delete(keys::ConnectionClient("t", "con", kSecondId));
  });
  EXPECT_THAT(told.event.external_client_ids(), UnorderedElementsAre(UrlOf(kId), UrlOf(kSecondId)));
  EXPECT_THAT(FieldsOf(told.event), ElementsAre("clients", "clients"));
  EXPECT_EQ(told.event.changes(0).new_value(), kId);
  EXPECT_EQ(told.event.changes(1).old_value(), kSecondId);
  // The connection's own record is unchanged, so the event has no digest.
  EXPECT_THAT(told.event.after_sha256(), IsEmpty());
}

TEST_F(AuditedTransactionTest, AChangeOfKeysAloneNamesTheClient) {
  ResourceChange change{.resource = NameOf(kId)};
  change.field_changes.Add()->set_field("jwks");
  const Described told = Describe(change, [](storage::Transaction& transaction) {
    storage::PutRecord(transaction, keys::ClientKeys("t", kId), storage::ClientKeysRecord());
  });
  EXPECT_TRUE(told.changed);
  EXPECT_THAT(told.event.external_client_ids(), ElementsAre(UrlOf(kId)));
  EXPECT_THAT(FieldsOf(told.event), ElementsAre("jwks"));
}

TEST_F(AuditedTransactionTest, ChangesOfTheDocumentAreTakenFromTheMutation) {
  storage::ClientRecord renamed = Client(kId);
  renamed.mutable_client()->mutable_metadata()->set_client_name("Renamed");
  renamed.mutable_client()->set_document_version(2);
  auto put = [&](storage::Transaction& transaction) { storage::PutClient(transaction, "t", renamed); };
  EXPECT_THAT(FieldsOf(Describe({.resource = NameOf(kId)}, put).event), ElementsAre("client_name", "document_version"));
  ResourceChange change{.resource = NameOf(kId)};
  change.field_changes.Add()->set_field("document.x");
  EXPECT_THAT(FieldsOf(Describe(change, put).event), ElementsAre("document.x", "document_version"));
}

TEST_F(AuditedTransactionTest, NothingIsToldOfWhatIsAsItWas) {
  EXPECT_FALSE(Describe({.resource = NameOf(kId)}, [](storage::Transaction& transaction) {
                 storage::ClientRecord record = Client(kId);
                 // Fields that every write changes.
                 record.mutable_client()->set_etag("7");
                 record.mutable_client()->mutable_update_time()->set_seconds(7);
                 storage::PutClient(transaction, "t", record);
               }).changed);
  EXPECT_FALSE(Describe({.resource = NameOf(kId)}, [](storage::Transaction& transaction) {
                 storage::DeleteClient(transaction, "t", Client(kId));
                 storage::PutClient(transaction, "t", Client(kId));
               }).changed);
  EXPECT_FALSE(Describe({.resource = NameOf("x")}, [](storage::Transaction& transaction) {
                 transaction.Delete(keys::Client("t", "https://nobody.example/"));
               }).changed);
}

TEST_F(AuditedTransactionTest, AMutationThatWroteNoResourceIsBelieved) {
  const Described told = Describe({.resource = "backups/b"}, [](storage::Transaction&) {});
  EXPECT_TRUE(told.changed);
  EXPECT_EQ(told.event.resource(), "backups/b");
}

TEST_F(AuditedTransactionTest, FurtherResourcesHaveTheirKindBeforeTheirFields) {
  const Described told = Describe({.resource = NameOf(kId)}, [](storage::Transaction& transaction) {
    storage::ClientBlockRecord block;
    block.mutable_block()->set_external_client_id(UrlOf(kId));
    storage::PutRecord(transaction, keys::ClientBlock("t", UrlOf(kId)), block);
    storage::ClientRecord record = Client(kId);
    record.mutable_client()->set_state(v1::CLIENT_STATE_BLOCKED);
    storage::PutClient(transaction, "t", record);
  });
  EXPECT_THAT(FieldsOf(told.event), Contains("block.external_client_id"));
  EXPECT_THAT(FieldsOf(told.event), Contains("state"));
  EXPECT_THAT(told.event.external_client_ids(), ElementsAre(UrlOf(kId)));
}

TEST_F(AuditedTransactionTest, TheFirstResourceIsTheMainOneWhenNoneHasTheName) {
  const Described told = Describe({.resource = "tenants/t"}, [](storage::Transaction& transaction) {
    storage::DeleteClient(transaction, "t", Client(kId));
  });
  EXPECT_THAT(told.event.before_sha256(), SizeIs(64));
  EXPECT_THAT(FieldsOf(told.event), Contains("client_name"));
}

TEST_F(AuditedTransactionTest, ManyChangesAreBounded) {
  ResourceChange change{.resource = NameOf(kId)};
  for (int i = 0; i < kMaxChanges + 5; ++i) change.field_changes.Add()->set_new_value(std::string(2000, 'x'));
  for (const bool writes : {false, true}) {
    const Described told = Describe(change, [&](storage::Transaction& transaction) {
      if (writes) storage::PutClient(transaction, "t", Client(kId));
    });
    EXPECT_TRUE(told.changed);
    EXPECT_THAT(told.event.changes(), SizeIs(kMaxChanges));
    EXPECT_EQ(told.event.omitted_changes(), 5);
    EXPECT_LT(told.event.changes(0).new_value().size(), 600u);
  }
}

TEST_F(AuditedTransactionTest, PassesEverythingOn) {
  std::unique_ptr<storage::Transaction> transaction = *store_->Begin();
  AuditedTransaction audited(*transaction);
  audited.Put("k", "v");
  EXPECT_EQ((*audited.Get("k"))->value, "v");
  EXPECT_THAT(*audited.Scan({"k", "l"}, 0), SizeIs(1));
  audited.Delete("k");
  EXPECT_FALSE(audited.Get("k")->has_value());
  audited.Append("log", "entry");
  CIMD_ASSERT_OK(store_->Commit(std::move(transaction)));
  auto snapshot = *store_->TakeSnapshot();
  int entries = 0;
  CIMD_ASSERT_OK(
      snapshot->Scan(storage::PrefixRange("log"), 0, [&](std::string_view, std::string_view value, storage::Revision) {
        ++entries;
        return value == "entry";
      }));
  EXPECT_EQ(entries, 1);
}

TEST_F(AuditedTransactionTest, ABrokenRecordIsAnError) {
  Commit([](storage::Transaction& transaction) { transaction.Put(keys::Client("t", "https://bad.example/"), "\xff"); });
  std::unique_ptr<storage::Transaction> transaction = *store_->Begin();
  AuditedTransaction audited(*transaction);
  audited.Delete(keys::Client("t", "https://bad.example/"));
  storage::AuditRecord event;
  EXPECT_TRUE(absl::IsDataLoss(audited.Describe({.resource = "x"}, event).status()));
}

}  // namespace
}  // namespace cimd::services
