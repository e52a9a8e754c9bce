#include "client/status.h"

#include <string>

#include "gmock/gmock.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "server/errors/errors.h"
#include "server/errors/status.h"
#include "tests/testing/status_matchers.h"

namespace cimd::client {
namespace {

using cimd::testing::StatusIs;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

absl::Status OverTheWire(const absl::Status& status) { return FromGrpcStatus(rpc::ToGrpcStatus(status)); }

TEST(FromGrpcStatusTest, KeepsCodeAndMessage) {
  CIMD_EXPECT_OK(FromGrpcStatus(grpc::Status::OK));
  EXPECT_THAT(FromGrpcStatus(grpc::Status(grpc::StatusCode::DATA_LOSS, "gone")),
              StatusIs(absl::StatusCode::kDataLoss, "gone"));
}

TEST(FromGrpcStatusTest, KeepsReasonAndItsValues) {
  const absl::Status status = OverTheWire(rpc::errors::DocumentChanged("aa", "bb"));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(ReasonOf(status), "DOCUMENT_CHANGED");
  ASSERT_TRUE(ErrorInfoOf(status).has_value());
  const google::rpc::ErrorInfo info = *ErrorInfoOf(status);
  EXPECT_EQ(info.domain(), "cimd.v1");
  EXPECT_THAT(info.metadata(), UnorderedElementsAre(Pair("expected", "aa"), Pair("actual", "bb")));
}

TEST(FromGrpcStatusTest, KeepsEveryViolation) {
  const absl::Status status = OverTheWire(
      rpc::errors::FieldsInvalid({{.field = "a", .reason = "REQUIRED", .description = "must be given"},
                                  {.field = "b", .reason = "FORMAT", .description = "must be a host name"}}));
  ASSERT_TRUE(BadRequestOf(status).has_value());
  const google::rpc::BadRequest bad_request = *BadRequestOf(status);
  ASSERT_EQ(bad_request.field_violations_size(), 2);
  EXPECT_EQ(bad_request.field_violations(1).field(), "b");
  EXPECT_EQ(bad_request.field_violations(1).reason(), "FORMAT");
  EXPECT_EQ(bad_request.field_violations(1).description(), "must be a host name");
}

TEST(FromGrpcStatusTest, KeepsWhenToComeBack) {
  const absl::Status status = OverTheWire(rpc::errors::Overloaded(absl::Milliseconds(1500)));
  ASSERT_TRUE(RetryInfoOf(status).has_value());
  EXPECT_EQ(RetryInfoOf(status)->retry_delay().seconds(), 1);
  EXPECT_EQ(RetryInfoOf(status)->retry_delay().nanos(), 500000000);
}

TEST(FromGrpcStatusTest, TakesErrorsThatNoServerSent) {
  const absl::Status status = FromGrpcStatus(grpc::Status(grpc::StatusCode::UNAVAILABLE, "refused"));
  EXPECT_FALSE(ErrorInfoOf(status).has_value());
  EXPECT_FALSE(BadRequestOf(status).has_value());
  EXPECT_FALSE(RetryInfoOf(status).has_value());
  EXPECT_THAT(ReasonOf(status), IsEmpty());
}

TEST(FromGrpcStatusTest, TakesDetailsThatAreNone) {
  const absl::Status garbage =
      FromGrpcStatus(grpc::Status(grpc::StatusCode::INTERNAL, "odd", std::string("\xff\x00\x01", 3)));
  EXPECT_THAT(garbage, StatusIs(absl::StatusCode::kInternal, "odd"));
  EXPECT_THAT(ReasonOf(garbage), IsEmpty());

  google::rpc::Status details;
  details.add_details()->set_type_url("type.googleapis.com/google.rpc.ErrorInfo");
  details.mutable_details(0)->set_value("\xff");
  const absl::Status broken =
      FromGrpcStatus(grpc::Status(grpc::StatusCode::INTERNAL, "odd", details.SerializeAsString()));
  EXPECT_FALSE(ErrorInfoOf(broken).has_value());
}

}  // namespace
}  // namespace cimd::client
