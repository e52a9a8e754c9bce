#include "storage/repositories/client_bytes.h"

#include <memory>
#include <optional>
#include <string>

#include "cimd/storage/records.pb.h"
#include "gtest/gtest.h"
#include "storage/keys.h"
#include "storage/repositories/client_repository.h"
#include "storage/run_in_transaction.h"
#include "tests/storage/store_directory.h"
#include "tests/testing/status_matchers.h"

namespace cimd::storage {
namespace {

using ::cimd::testing::StatusIs;

constexpr char kDefaultTenant[] = "default";
constexpr char kUrl[] = "https://client.example.net/a";

class ClientBytesTest : public ::testing::Test {
 protected:
  void SetUp() override { CIMD_ASSERT_OK_AND_ASSIGN(store_, directory_.Open()); }

  StoreDirectory directory_;
  std::unique_ptr<Store> store_;
};

TEST_F(ClientBytesTest, AreWhatCallersSee) {
  ClientRecord record;
  record.set_last_document_version(7);
  record.mutable_client()->set_name("tenants/default/clients/tpc_0123456789");
  record.mutable_client()->set_state(v1::CLIENT_STATE_ACTIVE);
  record.mutable_client()->mutable_metadata()->set_external_client_id(kUrl);
  record.mutable_client()->mutable_metadata()->set_client_name("A client, Größe");
  for (int i = 0; i < 200; ++i)
    record.mutable_client()->mutable_metadata()->add_callbacks("https://client.example.net/cb");
  CIMD_ASSERT_OK_AND_ASSIGN(const Revision revision, RunInTransaction(*store_, [&](Transaction& transaction) {
                              PutClient(transaction, kDefaultTenant, record);
                              return absl::OkStatus();
                            }));

  CIMD_ASSERT_OK_AND_ASSIGN(const std::optional<std::string> bytes, FindClientBytes(*store_, kDefaultTenant, kUrl));
  ASSERT_TRUE(bytes.has_value());
  v1::Client client;
  ASSERT_TRUE(client.ParseFromString(*bytes));
  EXPECT_EQ(client.etag(), std::to_string(revision));
  CIMD_ASSERT_OK_AND_ASSIGN(auto found, FindClientByUrl(*store_, kDefaultTenant, kUrl));
  EXPECT_EQ(client.SerializeAsString(), ServedClient(*std::move(found)).SerializeAsString());
}

TEST_F(ClientBytesTest, AreAFieldOfAList) {
  std::string list;
  v1::ListClientsResponse expected;
  for (const size_t size : {0, 50, 200, 20'000, 3'000'000}) {
    ClientRecord record;
    record.mutable_client()->set_name("tenants/default/clients/tpc_0123456789");
    record.mutable_client()->mutable_metadata()->set_client_name(std::string(size, 'a'));
    CIMD_ASSERT_OK(AppendClientField(record.SerializeAsString(), static_cast<Revision>(size + 1),
                                     v1::ListClientsResponse::kClientsFieldNumber, list));
    *expected.add_clients() = record.client();
    expected.mutable_clients()->rbegin()->set_etag(std::to_string(size + 1));
  }
  v1::ListClientsResponse parsed;
  ASSERT_TRUE(parsed.ParseFromString(list));
  EXPECT_EQ(parsed.SerializeAsString(), expected.SerializeAsString());
  const std::string before = list;
  EXPECT_THAT(AppendClientField("\x0a\x05", 1, 1, list), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_EQ(list, before);
}

TEST_F(ClientBytesTest, AreNoneWithoutAClient) {
  for (const std::string& url : {std::string(kUrl), std::string(kMaxKeyBytes, 'a')}) {
    CIMD_ASSERT_OK_AND_ASSIGN(const std::optional<std::string> bytes, FindClientBytes(*store_, kDefaultTenant, url));
    EXPECT_FALSE(bytes.has_value()) << url.size();
  }
}

TEST_F(ClientBytesTest, TakeTheFieldsOfARecordAsTheFormatHasThem) {
  // The version first, the client split into two parts, and an unknown field.
  const std::string name = "tenants/default/clients/tpc_0123456789";
  v1::Client first;
  first.set_name(name);
  first.set_etag("an old one");
  v1::Client second;
  second.set_state(v1::CLIENT_STATE_BLOCKED);
  std::string record("\x10\x07", 2);
  for (const v1::Client& part : {first, second}) {
    const std::string bytes = part.SerializeAsString();
    record += '\x0a';
    record += static_cast<char>(bytes.size());
    record += bytes;
  }
  record += std::string("\xf8\x01\x01", 3);
  CIMD_ASSERT_OK_AND_ASSIGN(const Revision revision, Put(*store_, keys::Client(kDefaultTenant, kUrl), record));

  CIMD_ASSERT_OK_AND_ASSIGN(const std::optional<std::string> bytes, FindClientBytes(*store_, kDefaultTenant, kUrl));
  v1::Client client;
  ASSERT_TRUE(bytes.has_value() && client.ParseFromString(*bytes));
  EXPECT_EQ(client.name(), name);
  EXPECT_EQ(client.state(), v1::CLIENT_STATE_BLOCKED);
  EXPECT_EQ(client.etag(), std::to_string(revision));
}

TEST_F(ClientBytesTest, DamageIsReported) {
  for (const std::string& damaged :
       {std::string("\x0a\x05"
                    "abc"),
        std::string("\x0a"), std::string("\x0a\xff\xff\xff\xff\x0f"), std::string("\x0c"), std::string("\x00", 1)}) {
    CIMD_EXPECT_OK(Put(*store_, keys::Client(kDefaultTenant, kUrl), damaged).status());
    EXPECT_THAT(FindClientBytes(*store_, kDefaultTenant, kUrl), StatusIs(absl::StatusCode::kDataLoss));
  }
}

}  // namespace
}  // namespace cimd::storage
