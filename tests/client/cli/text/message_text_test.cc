#include "client/cli/text/message_text.h"

#include <string>
#include <vector>

#include "cimd/v1/admin_service.pb.h"
#include "cimd/v1/metadata_service.pb.h"
#include "cimd/v1/registration_service.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cimd::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Lines(const google::protobuf::Message& message) {
  std::vector<std::string> lines;
  for (const FieldText& field : FieldsOf(message)) lines.push_back(field.path + "=" + field.value);
  return lines;
}

TEST(FieldsOfTest, ShowsWhatIsSet) {
  v1::Client client;
  client.set_name("tenants/a/clients/b");
  client.mutable_metadata()->set_app_type(v1::APP_TYPE_REGULAR_WEB);
  client.mutable_metadata()->add_callbacks("https://a.example/1");
  client.mutable_metadata()->add_callbacks("https://a.example/2");
  client.mutable_settings()->mutable_refresh_token()->set_leeway_seconds(5);
  (*client.mutable_settings()->mutable_client_metadata())["z"] = "1";
  (*client.mutable_settings()->mutable_client_metadata())["a"] = "2";
  client.set_document_version(3);
  client.mutable_document_time()->set_seconds(1767225600);
  client.mutable_document_time()->set_nanos(123);
  client.add_warnings()->set_path("$.x");
  EXPECT_THAT(
      Lines(client),
      ElementsAre("name=tenants/a/clients/b", "metadata.app_type=REGULAR_WEB", "metadata.callbacks=https://a.example/1",
                  "=https://a.example/2", "settings.refresh_token.leeway_seconds=5",
                  "settings.refresh_token.infinite_token_lifetime=false", "settings.client_metadata.a=2",
                  "settings.client_metadata.z=1", "settings.require_proof_of_possession=false", "is_first_party=false",
                  "pkce_required=false", "document_version=3", "pinned=false", "document_time=2026-01-01T00:00:00Z"));
}

TEST(FieldsOfTest, TellsAbsentFromFalse) {
  v1::ServerMetadata metadata;
  EXPECT_THAT(Lines(metadata), IsEmpty());
  metadata.set_client_id_metadata_document_supported(false);
  EXPECT_THAT(Lines(metadata), ElementsAre("client_id_metadata_document_supported=false"));
}

TEST(FieldsOfTest, TellsBytesByTheirNumber) {
  v1::MetadataDocument document;
  document.set_body("12345");
  document.mutable_evidence()->mutable_duration()->set_nanos(250000000);
  EXPECT_THAT(Lines(document), ElementsAre("body=5 bytes", "evidence.duration=0.250s", "current=false"));
}

TEST(ToJsonTest, UsesTheNamesOfTheApi) {
  v1::Client client;
  client.mutable_metadata()->set_external_client_id("https://a.example/b");
  client.mutable_metadata()->set_client_name("\x1b[31m \u2066");
  client.set_state(v1::CLIENT_STATE_ACTIVE);
  EXPECT_EQ(ToJson(client),
            "{\n"
            " \"metadata\": {\n"
            "  \"external_client_id\": \"https://a.example/b\",\n"
            "  \"client_name\": \"\\u001b[31m \\u2066\"\n"
            " },\n"
            " \"state\": \"CLIENT_STATE_ACTIVE\"\n"
            "}\n");
}

TEST(EnumNamesTest, LeaveOutTheSharedPrefix) {
  EXPECT_EQ(ShortEnumName(v1::APP_TYPE_REGULAR_WEB), "REGULAR_WEB");
  EXPECT_EQ(ShortEnumName(v1::FETCH_FAILURE_REASON_TLS), "TLS");
  EXPECT_EQ(ShortEnumName(static_cast<v1::AppType>(77)), "77");
  EXPECT_THAT(EnumChoices(*v1::AppType_descriptor()), ElementsAre("native", "regular_web", "spa"));
  EXPECT_EQ(FindEnumValue(*v1::AppType_descriptor(), "Regular_Web")->number(), v1::APP_TYPE_REGULAR_WEB);
  EXPECT_EQ(FindEnumValue(*v1::AppType_descriptor(), "web"), nullptr);
  EXPECT_EQ(FindEnumValue(*v1::AppType_descriptor(), ""), nullptr);
}

TEST(TimeTextTest, IsInUtcToTheSecond) {
  google::protobuf::Timestamp time;
  time.set_seconds(1767225661);
  time.set_nanos(999999999);
  EXPECT_EQ(TimeText(time), "2026-01-01T00:01:01Z");
}

}  // namespace
}  // namespace cimd::cli
