// Errors are converted from the catalogue to gRPC statuses and back.

#include <string>
#include <vector>

#include "client/status.h"
#include "gmock/gmock.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "server/errors/errors.h"
#include "server/errors/status.h"
#include "server/text/utf8.h"
#include "tests/testing/error_matchers.h"

namespace cimd::rpc {
namespace {

using absl::StatusCode;
using ::cimd::testing::Fails;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

absl::Status ThroughTheWire(const absl::Status& status) { return client::FromGrpcStatus(ToGrpcStatus(status)); }

TEST(ErrorStatusTest, ReasonMetadataAndDetailsArrive) {
  absl::Status status = ThroughTheWire(errors::ClientPinned("tenants/a/clients/tpc_1", 3));
  EXPECT_THAT(status, Fails(StatusCode::kFailedPrecondition, "CLIENT_PINNED"));
  auto info = client::ErrorInfoOf(status);
  EXPECT_EQ(info->domain(), "cimd.v1");
  EXPECT_EQ(info->metadata().at("version"), "3");
  absl::Status overloaded = ThroughTheWire(errors::Overloaded(absl::Milliseconds(1500)));
  EXPECT_EQ(client::RetryInfoOf(overloaded)->retry_delay().seconds(), 1);
  EXPECT_EQ(client::RetryInfoOf(overloaded)->retry_delay().nanos(), 500000000);
  EXPECT_EQ(errors::ReasonOf(errors::Contention()), v1::ERROR_REASON_CONTENTION);
  EXPECT_EQ(errors::ReasonOf(absl::InternalError("x")), v1::ERROR_REASON_UNSPECIFIED);
}

TEST(ErrorStatusTest, LongMessagesAreCutBetweenCharacters) {
  for (int shift = 0; shift < 4; ++shift) {
    std::string text(static_cast<size_t>(shift), 'a');
    while (text.size() < 2000) text += "\xf0\x9f\x98\x80";
    const grpc::Status sent = ToGrpcStatus(absl::InvalidArgumentError(text));
    EXPECT_TRUE(text::IsUtf8(sent.error_message())) << shift;
    EXPECT_GE(sent.error_message().size(), 1021u);
    EXPECT_LE(sent.error_message().size(), 1024u);
    google::rpc::Status details;
    ASSERT_TRUE(details.ParseFromString(sent.error_details()));
    EXPECT_EQ(details.message(), sent.error_message());
  }
}

TEST(ErrorStatusTest, EveryViolationIsListed) {
  absl::Status status =
      ThroughTheWire(errors::FieldsInvalid({{"a", "REQUIRED", "is required"}, {"b", "FORMAT", "bad"}}));
  EXPECT_EQ(testing::ViolationsOf(status), (std::vector<std::string>{"a REQUIRED", "b FORMAT"}));
  EXPECT_THAT(std::string(status.message()), HasSubstr("a: is required; b: bad"));
}

TEST(ErrorStatusTest, ARefusedDocumentCarriesItsWarningsBehindItsViolations) {
  v1::Validation validation;
  v1::Finding& violation = *validation.add_violations();
  violation.set_reason(v1::FINDING_REASON_REDIRECT_URIS_MISSING);
  violation.set_path("$.redirect_uris");
  violation.set_message("none can be used");
  v1::Finding& warning = *validation.add_warnings();
  warning.set_reason(v1::FINDING_REASON_REDIRECT_URI_WILDCARD);
  warning.set_path("$.redirect_uris[0]");
  warning.set_message("has a \"*\"");
  const absl::Status status = ThroughTheWire(errors::DocumentInvalid("https://a.example/c", "00", validation));
  const auto bad_request = client::BadRequestOf(status);
  ASSERT_TRUE(bad_request.has_value());
  ASSERT_EQ(bad_request->field_violations_size(), 2);
  EXPECT_EQ(bad_request->field_violations(0).description(), "none can be used");
  EXPECT_EQ(bad_request->field_violations(1).field(), "document.redirect_uris[0]");
  EXPECT_EQ(bad_request->field_violations(1).reason(), "REDIRECT_URI_WILDCARD");
  EXPECT_EQ(bad_request->field_violations(1).description(), "warning: has a \"*\"");
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("warning")));
}

TEST(ErrorStatusTest, LongListIsCutToTheSizeOfTrailers) {
  std::vector<errors::FieldViolation> violations(500, {"field", "FORMAT", std::string(200, 'x')});
  grpc::Status status = ToGrpcStatus(errors::FieldsInvalid(violations));
  EXPECT_LT(status.error_details().size(), 6u * 1024);
  absl::Status received = client::FromGrpcStatus(status);
  EXPECT_EQ(client::ReasonOf(received), "FIELD_INVALID");
  EXPECT_GT(testing::ViolationsOf(received).size(), 5u);
}

TEST(ErrorStatusTest, CallersTextIsQuotedWithEscapes) {
  absl::Status status = errors::ClientUrlNotFound("https://x/\x1b[31m\r\n" + std::string(10000, 'a'));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("\x1b")));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("\n")));
  EXPECT_LT(status.message().size(), 500u);
  // A message must not be truncated within a character.
  std::string umlauts;
  for (int i = 0; i < 400; ++i) umlauts += "ü";
  const std::string shown(errors::ClientUrlNotFound(umlauts).message());
  EXPECT_EQ(shown.substr(shown.size() - 5), "ü...");
}

TEST(ErrorStatusTest, TextOfTheStoreIsNotPassedOn) {
  for (const absl::Status& inner : {absl::DataLossError("/var/lib/secret.sst is corrupt"),
                                    absl::UnavailableError("/var/lib full"), absl::InternalError("/var/lib")}) {
    absl::Status status = errors::FromStore(inner);
    EXPECT_EQ(client::ReasonOf(status), "STORAGE_FAILED");
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("/var/lib")));
  }
  EXPECT_THAT(errors::FromStore(absl::AbortedError("")), Fails(StatusCode::kAborted, "CONTENTION"));
}

TEST(ErrorStatusTest, ALimitOfTheStoreIsTheCallersAndAFullDiskIsTheServers) {
  EXPECT_THAT(errors::FromStore(absl::InvalidArgumentError("a value has 2000000 bytes")),
              Fails(StatusCode::kInvalidArgument, "RESOURCE_TOO_LARGE"));
  EXPECT_THAT(errors::FromStore(absl::ResourceExhaustedError("no space")),
              Fails(StatusCode::kUnavailable, "STORAGE_FAILED"));
  EXPECT_EQ(testing::ViolationsOf(errors::ResourceTooLarge("connection", 2000, 1000)),
            std::vector<std::string>{"connection TOO_LONG"});
}

}  // namespace
}  // namespace cimd::rpc
