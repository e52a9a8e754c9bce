#include "server/rpc/field_mask.h"

#include <string>
#include <string_view>
#include <vector>

#include "cimd/v1/registration_service.pb.h"
#include "gtest/gtest.h"
#include "tests/testing/error_matchers.h"

namespace cimd::rpc {
namespace {

using absl::StatusCode;
using ::cimd::testing::Fails;
using ::cimd::testing::IsOk;

constexpr std::string_view kEditable[] = {"settings", "metadata.description"};

absl::Status Apply(const std::vector<std::string>& paths, const v1::Client& source, v1::Client& target) {
  google::protobuf::FieldMask mask;
  for (const std::string& path : paths) mask.add_paths(path);
  return ApplyFieldMask(mask, kEditable, source, target);
}

TEST(FieldMaskTest, CopiesSetFieldsAndClearsUnsetOnes) {
  v1::Client source;
  source.mutable_settings()->set_default_organization("org");
  v1::Client target;
  target.mutable_settings()->add_allowed_origins("https://a.example.net");
  target.mutable_metadata()->set_description("old");
  target.mutable_metadata()->set_client_name("kept");
  ASSERT_THAT(
      Apply({"settings.default_organization", "settings.allowed_origins", "metadata.description"}, source, target),
      IsOk());
  EXPECT_EQ(target.settings().default_organization(), "org");
  EXPECT_EQ(target.settings().allowed_origins_size(), 0);
  EXPECT_EQ(target.metadata().description(), "");
  EXPECT_EQ(target.metadata().client_name(), "kept");
}

TEST(FieldMaskTest, PathCoversItsSubfields) {
  v1::Client source;
  source.mutable_settings()->mutable_jwt_configuration()->set_alg("PS256");
  v1::Client target;
  target.mutable_settings()->set_default_organization("old");
  ASSERT_THAT(Apply({"settings"}, source, target), IsOk());
  EXPECT_EQ(target.settings().jwt_configuration().alg(), "PS256");
  EXPECT_EQ(target.settings().default_organization(), "");
}

TEST(FieldMaskTest, CopiesNothingUnlessAllPathsAreAllowed) {
  v1::Client source;
  source.mutable_settings()->set_default_organization("org");
  v1::Client target;
  EXPECT_THAT(Apply({"settings.default_organization", "metadata.client_name"}, source, target),
              Fails(StatusCode::kInvalidArgument, "FIELD_NOT_EDITABLE"));
  EXPECT_THAT(Apply({"settings.default_organization", "metadata"}, source, target),
              Fails(StatusCode::kInvalidArgument, "FIELD_NOT_EDITABLE"));
  EXPECT_THAT(Apply({"settings.default_organization", "settings.nothing"}, source, target),
              Fails(StatusCode::kInvalidArgument, "UPDATE_MASK_INVALID"));
  // A name that only starts like an editable field.
  EXPECT_THAT(Apply({"settingsx"}, source, target), Fails(StatusCode::kInvalidArgument, "UPDATE_MASK_INVALID"));
  EXPECT_THAT(Apply({}, source, target), Fails(StatusCode::kInvalidArgument, "FIELD_INVALID"));
  EXPECT_EQ(target.ByteSizeLong(), 0u);
}

}  // namespace
}  // namespace cimd::rpc
