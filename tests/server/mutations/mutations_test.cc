// Mutations with a real store and without a server: what is committed, returned and recorded.

#include "server/mutations/mutations.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/errors/errors.h"
#include "server/rpc/proto_time.h"
#include "storage/audit/audit_log.h"
#include "storage/repositories/client_repository.h"
#include "storage/repositories/idempotency_records.h"
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

constexpr char kName[] = "tenants/t/clients/tpc_0123456789012345678901";
constexpr char kUrl[] = "https://app.example/client.json";
constexpr char kRequestId[] = "11111111-2222-3333-4444-555555555555";

class MutationsTest : public ::testing::Test {
 protected:
  MutationsTest() {
    storage::RocksDbOptions options;
    options.directory = dir_ / "db";
    store_ = *storage::OpenRocksDbStore(std::move(options));
    mutations_ = std::make_unique<Mutations>(*store_);
  }

  rpc::RequestContext Call(std::string_view method = "cimd.v1.RegistrationService/UpdateClient") {
    return {.method = *rpc::FindMethod(method),
            .caller = {.kind = v1::CALLER_KIND_ACCESS_TOKEN, .id = "tok_1", .name = "admin"},
            .tenant = "t",
            .now = now_,
            .peer = "ipv4:192.0.2.1:4711",
            .traceparent = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"};
  }

  static v1::UpdateClientRequest Request(const std::string& description, const std::string& request_id = "") {
    v1::UpdateClientRequest request;
    request.mutable_client()->set_name(kName);
    request.mutable_client()->mutable_metadata()->set_description(description);
    request.set_request_id(request_id);
    return request;
  }

  // Writes the client with the description in the request.
  absl::StatusOr<v1::Client> Write(const v1::UpdateClientRequest& request) { return Write(Call(), request); }
  absl::StatusOr<v1::Client> Write(const rpc::RequestContext& call, const v1::UpdateClientRequest& request) {
    return mutations_->Run<v1::Client>(
        call, request, [&](storage::Transaction& transaction, v1::Client& response) -> absl::StatusOr<ResourceChange> {
          ++runs_;
          EXPECT_EQ(response.ByteSizeLong(), 0u);
          storage::ClientRecord record;
          *record.mutable_client() = request.client();
          record.mutable_client()->mutable_metadata()->set_external_client_id(kUrl);
          storage::PutClient(transaction, "t", record);
          response = record.client();
          return ResourceChange{.resource = kName};
        });
  }

  std::string StoredDescription() {
    auto found = storage::FindClientByUrl(*store_, "t", kUrl);
    return found.ok() && found->has_value() ? (*found)->record.client().metadata().description() : "none";
  }

  std::vector<storage::AuditRecord> Events(std::string_view owner = "t") {
    std::vector<storage::AuditRecord> events;
    auto snapshot = store_->TakeSnapshot();
    EXPECT_TRUE(
        storage::ReadAuditEvents(**snapshot, owner, {}, 100, [&](std::string_view, const storage::AuditRecord& event) {
          events.push_back(event);
          return true;
        }).ok());
    return events;
  }

  testing::TempDir dir_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<Mutations> mutations_;
  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  int runs_ = 0;
};

TEST_F(MutationsTest, AChangeIsCommittedWithItsEventAndEtag) {
  auto written = Write(Request("first"));
  ASSERT_THAT(written, IsOk());
  EXPECT_EQ(StoredDescription(), "first");
  EXPECT_EQ(written->etag(), std::to_string(store_->CurrentRevision()));
  const std::vector<storage::AuditRecord> events = Events();
  ASSERT_THAT(events, SizeIs(1));
  const storage::AuditRecord& event = events[0];
  EXPECT_EQ(event.resource(), kName);
  EXPECT_THAT(event.external_client_ids(), ElementsAre(kUrl));
  EXPECT_EQ(event.method(), "cimd.v1.RegistrationService/UpdateClient");
  EXPECT_EQ(event.caller_kind(), v1::CALLER_KIND_ACCESS_TOKEN);
  EXPECT_EQ(event.caller(), "tok_1");
  EXPECT_EQ(event.caller_display_name(), "admin");
  EXPECT_EQ(event.address(), "192.0.2.1");
  EXPECT_EQ(event.trace_id(), "0123456789abcdef0123456789abcdef");
  EXPECT_EQ(event.outcome(), v1::AUDIT_OUTCOME_CHANGED);
  EXPECT_EQ(event.count(), 1);
  EXPECT_EQ(FromProto(event.time()), now_);
  EXPECT_EQ(event.before_sha256(), "");
  EXPECT_THAT(event.after_sha256(), SizeIs(64));
}

TEST_F(MutationsTest, WhatIsWrittenAsItWasMakesNoEvent) {
  ASSERT_THAT(Write(Request("same")), IsOk());
  ASSERT_THAT(Write(Request("same")), IsOk());
  EXPECT_THAT(Events(), SizeIs(1));
  ASSERT_THAT(Write(Request("other")), IsOk());
  const std::vector<storage::AuditRecord> events = Events();
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].before_sha256(), events[1].after_sha256());
  ASSERT_THAT(events[0].changes(), SizeIs(1));
  EXPECT_EQ(events[0].changes(0).field(), "description");
  EXPECT_EQ(events[0].changes(0).old_value(), "same");
  EXPECT_EQ(events[0].changes(0).new_value(), "other");
}

TEST_F(MutationsTest, ABodyWithoutAResourceMakesNoEvent) {
  auto response = mutations_->Run<v1::DeleteClientResponse>(
      Call(), v1::DeleteClientRequest(),
      [](storage::Transaction&, v1::DeleteClientResponse&) -> absl::StatusOr<ResourceChange> {
        return ResourceChange{};
      });
  EXPECT_THAT(response, IsOk());
  EXPECT_THAT(Events(), IsEmpty());
}

TEST_F(MutationsTest, ACallOfThePlatformIsInThePlatformsLog) {
  rpc::RequestContext call = Call();
  call.tenant = "";
  ASSERT_THAT(Write(call, Request("x")), IsOk());
  EXPECT_THAT(Events("t"), IsEmpty());
  EXPECT_THAT(Events(storage::keys::kPlatform), SizeIs(1));
}

TEST_F(MutationsTest, ARepeatedRequestGetsTheSameAnswerAndChangesNothing) {
  auto first = Write(Request("first", kRequestId));
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(Events()[0].request_id(), kRequestId);
  ASSERT_THAT(Write(Request("second")), IsOk());
  const int runs = runs_;
  auto again = Write(Request("first", kRequestId));
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(runs_, runs);
  EXPECT_EQ(StoredDescription(), "second");
  EXPECT_THAT(Events(), SizeIs(2));
  auto replayed = mutations_->Replay<v1::Client>(Call(), Request("first", kRequestId));
  ASSERT_THAT(replayed, IsOk());
  ASSERT_TRUE(replayed->has_value());
  EXPECT_EQ((*replayed)->SerializeAsString(), first->SerializeAsString());
}

TEST_F(MutationsTest, ANewRequestIsNoReplay) {
  EXPECT_FALSE(mutations_->Replay<v1::Client>(Call(), Request("x"))->has_value());
  EXPECT_FALSE(mutations_->Replay<v1::Client>(Call(), Request("x", kRequestId))->has_value());
  EXPECT_FALSE(mutations_->Replay<v1::Client>(Call(), v1::GetClientRequest())->has_value());
}

TEST_F(MutationsTest, ARequestIdBelongsToOneRequestOfOneMethod) {
  ASSERT_THAT(Write(Request("first", kRequestId)), IsOk());
  EXPECT_THAT(Write(Request("second", kRequestId)), Fails(StatusCode::kInvalidArgument, "REQUEST_ID_REUSED"));
  EXPECT_THAT(mutations_->Replay<v1::Client>(Call(), Request("second", kRequestId)),
              Fails(StatusCode::kInvalidArgument, "REQUEST_ID_REUSED"));
  EXPECT_THAT(Write(Call("cimd.v1.RegistrationService/RegisterClient"), Request("first", kRequestId)),
              Fails(StatusCode::kInvalidArgument, "REQUEST_ID_REUSED"));
  // Idempotency records belong to one tenant.
  rpc::RequestContext other = Call();
  other.tenant = "other";
  EXPECT_THAT(Write(other, Request("second", kRequestId)), IsOk());
}

TEST_F(MutationsTest, ARequestIdIsAUuid) {
  for (const char* bad : {"x", "11111111-2222-3333-4444-55555555555", "11111111222233334444555555555555"}) {
    EXPECT_THAT(Write(Request("x", bad)), Fails(StatusCode::kInvalidArgument, "FIELD_INVALID")) << bad;
    EXPECT_THAT(mutations_->Replay<v1::Client>(Call(), Request("x", bad)),
                Fails(StatusCode::kInvalidArgument, "FIELD_INVALID"))
        << bad;
  }
  EXPECT_EQ(runs_, 0);
}

TEST_F(MutationsTest, AnAnswerIsRememberedForADay) {
  ASSERT_THAT(Write(Request("first", kRequestId)), IsOk());
  now_ += storage::kRequestMemory;
  EXPECT_TRUE(mutations_->Replay<v1::Client>(Call(), Request("first", kRequestId))->has_value());
  now_ += absl::Seconds(1);
  EXPECT_FALSE(mutations_->Replay<v1::Client>(Call(), Request("first", kRequestId))->has_value());
  EXPECT_THAT(Write(Request("second", kRequestId)), IsOk());
  EXPECT_EQ(StoredDescription(), "second");
}

TEST_F(MutationsTest, ValidationChangesNothing) {
  v1::UpdateClientRequest request = Request("first", kRequestId);
  request.set_validate_only(true);
  auto validated = Write(request);
  ASSERT_THAT(validated, IsOk());
  EXPECT_EQ(validated->metadata().description(), "first");
  EXPECT_EQ(validated->etag(), "");
  EXPECT_EQ(store_->CurrentRevision(), 0);
  EXPECT_EQ(StoredDescription(), "none");
  EXPECT_THAT(Events(), IsEmpty());
  EXPECT_FALSE(mutations_->Replay<v1::Client>(Call(), request)->has_value());
}

TEST_F(MutationsTest, ErrorsOfTheBodyAreReturnedAsTheyAre) {
  for (const bool validate_only : {false, true}) {
    v1::UpdateClientRequest request = Request("x", kRequestId);
    request.set_validate_only(validate_only);
    auto refused = mutations_->Run<v1::Client>(
        Call(), request, [](storage::Transaction& transaction, v1::Client&) -> absl::StatusOr<ResourceChange> {
          storage::PutRecord(transaction, storage::keys::ClientBlock("t", kUrl), storage::ClientBlockRecord());
          return rpc::errors::ClientPinned(kName, 3);
        });
    EXPECT_THAT(refused, Fails(StatusCode::kFailedPrecondition, "CLIENT_PINNED"));
  }
  EXPECT_EQ(store_->CurrentRevision(), 0);
}

TEST_F(MutationsTest, AChangeOnTheWayMakesTheBodyRunAgain) {
  ASSERT_THAT(Write(Request("first")), IsOk());
  int runs = 0;
  auto written = mutations_->Run<v1::Client>(
      Call(), Request("x"),
      [&](storage::Transaction& transaction, v1::Client& response) -> absl::StatusOr<ResourceChange> {
        EXPECT_EQ(response.name(), "");
        auto found = storage::FindClientByUrl(transaction, "t", kUrl);
        if (++runs == 1) {
          EXPECT_THAT(Write(Request("meanwhile")), IsOk());
        }
        storage::ClientRecord record = (*found)->record;
        record.mutable_client()->mutable_metadata()->mutable_description()->append(" and more");
        storage::PutClient(transaction, "t", record);
        response = record.client();
        return ResourceChange{.resource = kName};
      });
  ASSERT_THAT(written, IsOk());
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(StoredDescription(), "meanwhile and more");
}

TEST_F(MutationsTest, WhatTheStoreCannotHoldIsAnErrorOfTheCatalogue) {
  const std::string huge(storage::kMaxValueBytes + 1, 'x');
  for (const bool validate_only : {false, true}) {
    v1::UpdateClientRequest request = Request(huge);
    request.set_validate_only(validate_only);
    const absl::Status status = Write(request).status();
    if (validate_only) continue;  // Limits are checked by the commit.
    EXPECT_FALSE(status.ok());
    EXPECT_NE(rpc::errors::ReasonOf(status), v1::ERROR_REASON_UNSPECIFIED) << status;
  }
  EXPECT_EQ(store_->CurrentRevision(), 0);
}

// Each response type has exactly one etag.
TEST(EtagOfTest, FindsTheEtagOfTheResource) {
  v1::Client client;
  EXPECT_EQ(EtagOf(client), client.mutable_etag());
  v1::RegisterClientResponse registered;
  EXPECT_EQ(EtagOf(registered), nullptr);
  registered.mutable_client();
  EXPECT_EQ(EtagOf(registered), registered.mutable_client()->mutable_etag());
  v1::CreateAccessTokenResponse created;
  EXPECT_EQ(EtagOf(created), nullptr);
  created.mutable_access_token();
  EXPECT_EQ(EtagOf(created), created.mutable_access_token()->mutable_etag());
  v1::ClientBlock block;
  block.set_client("x");
  EXPECT_EQ(EtagOf(block), nullptr);
}

}  // namespace
}  // namespace cimd::services
