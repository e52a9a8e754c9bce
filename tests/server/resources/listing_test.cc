#include "server/resources/listing.h"

#include <memory>
#include <string>
#include <vector>

#include "cimd/v1/registration_service.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/repositories/client_repository.h"
#include "storage/rocksdb/rocksdb_store.h"
#include "storage/run_in_transaction.h"
#include "tests/testing/error_matchers.h"
#include "tests/testing/temp_dir.h"

namespace cimd::services {
namespace {

using absl::StatusCode;
using ::testing::ElementsAre;
using testing::Fails;
using ::testing::IsEmpty;
using testing::IsOk;
using ::testing::SizeIs;

std::string UrlOf(int i) { return "https://app.example.com/" + std::to_string(100 + i); }

class ListingTest : public ::testing::Test {
 protected:
  ListingTest() {
    storage::RocksDbOptions options;
    options.directory = dir_ / "db";
    store_ = *storage::OpenRocksDbStore(std::move(options));
    for (int i = 0; i < 10; ++i) Put(i, i % 2 == 0 ? v1::CLIENT_STATE_ACTIVE : v1::CLIENT_STATE_BLOCKED);
  }
  void Put(int i, v1::ClientState state) {
    storage::ClientRecord record;
    record.mutable_client()->set_name("tenants/t/clients/" + std::to_string(i));
    record.mutable_client()->mutable_metadata()->set_external_client_id(UrlOf(i));
    record.mutable_client()->set_state(state);
    ASSERT_TRUE(storage::RunInTransaction(*store_, [&](storage::Transaction& transaction) {
                  storage::PutClient(transaction, "t", record);
                  return absl::OkStatus();
                }).ok());
  }

  struct Listed {
    absl::Status status;
    std::vector<std::string> urls;
    v1::ListClientsResponse response;
  };
  Listed List(const v1::ListClientsRequest& request) {
    return List(request, [](const auto&) { return absl::OkStatus(); });
  }
  // `visit` is called for each listed client.
  template <typename Visit>
  Listed List(const v1::ListClientsRequest& request, Visit visit) {
    constexpr rpc::Method kMethod{"x/List", rpc::WorkClass::kBulk, rpc::Scoping::kTenant, {"*"}};
    rpc::RequestContext call{.method = kMethod, .now = absl::UnixEpoch()};
    call.is_cancelled = [this] { return cancelled_; };
    Listed listed;
    listed.status = ListRecords<storage::ClientRecord>(
        *store_, call, storage::keys::All("t", storage::keys::Kind::kClient), request, listed.response,
        [&](const storage::Stored<storage::ClientRecord>& stored) {
          return request.state() == v1::CLIENT_STATE_UNSPECIFIED || request.state() == stored.record.client().state();
        },
        [&](storage::Stored<storage::ClientRecord>&& stored, const ListedEntry& entry) {
          EXPECT_EQ(storage::keys::FirstPartOf(entry.key), stored.record.client().metadata().external_client_id());
          EXPECT_EQ(entry.revision, stored.revision);
          listed.urls.push_back(stored.record.client().metadata().external_client_id());
          return visit(entry);
        });
    return listed;
  }

  testing::TempDir dir_;
  std::unique_ptr<storage::Store> store_;
  bool cancelled_ = false;
};

TEST_F(ListingTest, PagesFollowOneAnother) {
  for (int page_size : {1, 3, 9, 10, 11}) {
    v1::ListClientsRequest request;
    request.set_page_size(page_size);
    std::vector<std::string> all;
    int pages = 0;
    do {
      const Listed page = List(request);
      ASSERT_THAT(page.status, IsOk());
      EXPECT_LE(page.urls.size(), static_cast<size_t>(page_size));
      all.insert(all.end(), page.urls.begin(), page.urls.end());
      request.set_page_token(page.response.next_page_token());
      ASSERT_LE(++pages, 11);
    } while (!request.page_token().empty());
    ASSERT_THAT(all, SizeIs(10)) << page_size;
    for (int i = 0; i < 10; ++i) EXPECT_EQ(all[i], UrlOf(i));
  }
}

TEST_F(ListingTest, OnlyMatchesCount) {
  v1::ListClientsRequest request;
  request.set_state(v1::CLIENT_STATE_BLOCKED);
  request.set_page_size(2);
  request.set_skip(1);
  request.set_include_total_size(true);
  const Listed page = List(request);
  ASSERT_THAT(page.status, IsOk());
  EXPECT_THAT(page.urls, ElementsAre(UrlOf(3), UrlOf(5)));
  EXPECT_EQ(page.response.total_size(), 5);
  EXPECT_NE(page.response.next_page_token(), "");
  EXPECT_NE(page.response.watch_cursor(), "");
}

TEST_F(ListingTest, FieldsAreChecked) {
  v1::ListClientsRequest request;
  request.set_page_size(-1);
  EXPECT_THAT(List(request).status, Fails(StatusCode::kInvalidArgument, "FIELD_INVALID"));
  request.set_page_size(0);
  for (int skip : {-1, 100001}) {
    request.set_skip(skip);
    EXPECT_THAT(List(request).status, Fails(StatusCode::kInvalidArgument, "FIELD_INVALID")) << skip;
  }
}

TEST_F(ListingTest, ATokenBelongsToItsQuestion) {
  v1::ListClientsRequest request;
  request.set_page_size(2);
  request.set_page_token(List(request).response.next_page_token());
  EXPECT_THAT(List(request).status, IsOk());
  request.set_state(v1::CLIENT_STATE_ACTIVE);
  EXPECT_THAT(List(request).status, Fails(StatusCode::kInvalidArgument, "PAGE_TOKEN_INVALID"));
  request.clear_state();
  request.set_page_token("x");
  EXPECT_THAT(List(request).status, Fails(StatusCode::kInvalidArgument, "PAGE_TOKEN_INVALID"));
}

TEST_F(ListingTest, APageIsOfOneSnapshot) {
  const Listed page = List({}, [&](const ListedEntry& entry) {
    // A client that is deleted in the meantime must remain visible for the rest of the page.
    EXPECT_TRUE(storage::RunInTransaction(*store_, [&](storage::Transaction& transaction) {
                  transaction.Delete(storage::keys::Client("t", UrlOf(9)));
                  return absl::OkStatus();
                }).ok());
    const auto found = storage::FindClientByUrl(entry.snapshot, "t", UrlOf(9));
    EXPECT_TRUE(found.ok() && found->has_value());
    return absl::OkStatus();
  });
  EXPECT_THAT(page.urls, SizeIs(10));
}

TEST_F(ListingTest, AnErrorEndsTheList) {
  const Listed page = List({}, [](const ListedEntry&) { return absl::DataLossError("x"); });
  EXPECT_TRUE(absl::IsDataLoss(page.status));
  EXPECT_THAT(page.urls, SizeIs(1));
}

TEST_F(ListingTest, ABrokenRecordIsNotServed) {
  ASSERT_TRUE(storage::RunInTransaction(*store_, [&](storage::Transaction& transaction) {
                transaction.Put(storage::keys::Client("t", UrlOf(3)), "\xff");
                return absl::OkStatus();
              }).ok());
  const Listed page = List({});
  EXPECT_FALSE(page.status.ok());
  EXPECT_NE(client::ReasonOf(page.status), "");
}

TEST_F(ListingTest, AListThatNobodyWaitsForIsGivenUp) {
  for (int i = 10; i < 300; ++i) Put(i, v1::CLIENT_STATE_ACTIVE);
  cancelled_ = true;
  v1::ListClientsRequest request;
  request.set_page_size(1000);
  EXPECT_THAT(List(request).status, Fails(StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED"));
  cancelled_ = false;
  EXPECT_THAT(List(request).urls, SizeIs(300));
}

}  // namespace
}  // namespace cimd::services
