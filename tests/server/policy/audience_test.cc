#include "server/policy/audience.h"

#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "server/policy/authorize_decision.h"
#include "server/policy/token_decision.h"
#include "tests/server/policy/decision_world.h"

namespace cimd::policy {
namespace {

using std::string_view;
using std::string_literals::operator""s;

v1::Tenant TenantWith(v1::ResourceParameterProfile profile) {
  v1::Tenant tenant;
  tenant.set_resource_parameter_profile(profile);
  return tenant;
}

Resources ResourcesOf(const std::vector<std::string>& values) {
  Resources resources;
  for (const std::string& value : values) *resources.Add() = value;
  return resources;
}

TEST(NamedAudienceTest, ByAudienceOrInTheCompatibilityProfileByResource) {
  struct Row {
    std::string audience;
    std::vector<std::string> resources;
    string_view by_audience;
    string_view by_resource;
  };
  for (const Row& row : std::vector<Row>{{"", {}, "", ""},
                                         {"api", {}, "api", "api"},
                                         {"api", {"https://a.com"}, "api", "api"},
                                         {"api", {"https://a.com", "https://b.com"}, "api", "api"},
                                         {"", {"https://a.com"}, "", "https://a.com"},
                                         {"", {"https://a.com", "https://a.com"}, "", "https://a.com"},
                                         {"", {"", "https://a.com", ""}, "", "https://a.com"},
                                         {"", {"https://a.com", "https://b.com"}, "", ""},
                                         {"", {"https://a.com", "https://a.com/"}, "", "https://a.com"},
                                         {"", {"HTTPS://a.com", "https://a.com"}, "", "HTTPS://a.com"},
                                         {"", {"https://a.com/mcp", "https://a.com/mcp/"}, "", ""},
                                         {"", {""}, "", ""},
                                         {"", {"https://a.com/?x=1"}, "", "https://a.com/?x=1"},
                                         {"", {"urn:example:api"}, "", "urn:example:api"},
                                         {"", {"com.acme:api"}, "", "com.acme:api"},
                                         // Not absolute URIs without a fragment.
                                         {"", {"https://a.com#"}, "", ""},
                                         {"", {"https://a.com/#x"}, "", ""},
                                         {"", {"api"}, "", ""},
                                         {"", {"/api"}, "", ""},
                                         {"", {"//a.com/api"}, "", ""},
                                         {"", {"https:"}, "", ""},
                                         {"", {"1https://a.com"}, "", ""},
                                         {"", {"https://a.com/a b"}, "", ""},
                                         {"", {"https://a.com/%zz"}, "", ""},
                                         {"", {"https://a.com/\xc3\xa9"}, "", ""},
                                         {"", {"https://a.com/\0"s}, "", ""}}) {
    SCOPED_TRACE(row.audience + " " + (row.resources.empty() ? "" : row.resources[0]));
    const Resources resources = ResourcesOf(row.resources);
    for (const auto profile : {v1::RESOURCE_PARAMETER_PROFILE_UNSPECIFIED, v1::RESOURCE_PARAMETER_PROFILE_AUDIENCE}) {
      EXPECT_EQ(NamedAudience(TenantWith(profile), row.audience, resources), row.by_audience);
    }
    EXPECT_EQ(NamedAudience(TenantWith(v1::RESOURCE_PARAMETER_PROFILE_COMPATIBILITY), row.audience, resources),
              row.by_resource);
  }
}

TEST(SameResourceTest, DiffersOnlyInWhatMeansTheSame) {
  struct Row {
    string_view a;
    string_view b;
    bool same;
  };
  for (const Row& row : {Row{"https://a.com/mcp", "https://a.com/mcp", true},
                         {"https://a.com", "https://a.com/", true},
                         {"https://a.com?x", "https://a.com/?x", true},
                         {"HTTPS://A.com/mcp", "https://a.com/mcp", true},
                         {"https://a.com:443/mcp", "https://a.com/mcp", true},
                         {"http://a.com:80/mcp", "http://a.com/mcp", true},
                         {"notes", "notes", true},
                         {"https://a.com/mcp", "https://a.com/mcp/", false},
                         {"https://a.com/mcp", "https://a.com/MCP", false},
                         {"https://a.com/%6dcp", "https://a.com/mcp", false},
                         {"https://a.com/mcp", "https://a.com/mcp?", false},
                         {"https://a.com/", "https://a.com/?", false},
                         {"https://a.com/", "https://a.com/#", false},
                         {"https://a.com:80/mcp", "https://a.com/mcp", false},
                         {"http://a.com/mcp", "https://a.com/mcp", false},
                         {"https://u@a.com/", "https://u@a.com", false},
                         {"https://a.com:/", "https://a.com/", false},
                         {"urn:example:API", "urn:example:api", false},
                         {"URN:example:api", "urn:example:api", false},
                         {"notes", "notes/", false}}) {
    EXPECT_EQ(IsSameResource(row.a, row.b), row.same) << row.a << " " << row.b;
    EXPECT_EQ(IsSameResource(row.b, row.a), row.same) << row.a << " " << row.b;
  }
}

TEST(OtherSpellingsTest, AreThoseThatMayBeMeant) {
  using List = std::vector<std::string>;
  EXPECT_EQ(OtherSpellings(""), List{});
  EXPECT_EQ(OtherSpellings("notes"), List{"notes/"});
  EXPECT_EQ(OtherSpellings("notes/"), List{"notes"});
  EXPECT_EQ(OtherSpellings("https://a.com"), List{"https://a.com/"});
  EXPECT_EQ(OtherSpellings("https://a.com/"), List{"https://a.com"});
  EXPECT_EQ(OtherSpellings("https://a.com/mcp"), List{"https://a.com/mcp/"});
  EXPECT_EQ(OtherSpellings("https://a.com/mcp/?x"), List{"https://a.com/mcp?x"});
  EXPECT_EQ(OtherSpellings("HTTPS://A.com:443/mcp"), (List{"https://a.com/mcp", "https://a.com/mcp/"}));
}

TEST(CheckAudienceTest, EveryMalformedResourceIsTold) {
  google::protobuf::RepeatedPtrField<v1::FailedCheck> failed;
  Checks checks(FlowStage::kAuthorization, failed);
  EXPECT_EQ(CheckAudience(TenantWith(v1::RESOURCE_PARAMETER_PROFILE_COMPATIBILITY), "",
                          ResourcesOf({"a", "https://a.com", "b"}), checks),
            "");
  ASSERT_EQ(failed.size(), 3);
  EXPECT_EQ(failed[0].reason(), v1::CHECK_REASON_RESOURCE_MALFORMED);
  EXPECT_EQ(failed[1].reason(), v1::CHECK_REASON_RESOURCE_MALFORMED);
  EXPECT_EQ(failed[2].reason(), v1::CHECK_REASON_RESOURCE_AMBIGUOUS);
}

TEST(RequestedAudienceTest, OfATokenRequestIsWhatWasAuthorized) {
  const v1::Tenant tenant = TenantWith(v1::RESOURCE_PARAMETER_PROFILE_COMPATIBILITY);
  for (const char* grant_type : {"authorization_code", "refresh_token"}) {
    v1::AuthorizeTokenRequestRequest request = UsualTokenRequest(grant_type);
    request.set_audience(kFiles);
    request.add_resources(kFiles);
    EXPECT_EQ(RequestedAudience(tenant, request), kNotes);
    EXPECT_EQ(RequestedSubjectType(request), v1::SUBJECT_TYPE_USER);
  }
  v1::AuthorizeTokenRequestRequest request = UsualTokenRequest("client_credentials");
  request.mutable_basis()->set_audience(kNotes);
  request.clear_audience();
  request.add_resources(kFiles);
  EXPECT_EQ(RequestedAudience(tenant, request), kFiles);
  EXPECT_EQ(RequestedSubjectType(request), v1::SUBJECT_TYPE_CLIENT);
}

TEST(RequestedAudienceTest, TheParameterAtFaultIsTheOneThatNamedTheApi) {
  v1::AuthorizeRequestRequest request = UsualAuthorizeRequest();
  v1::Tenant tenant = TenantWith(v1::RESOURCE_PARAMETER_PROFILE_COMPATIBILITY);
  EXPECT_EQ(AudienceParameter(tenant, request.audience()), "audience");
  EXPECT_EQ(AudienceParameter(tenant, ""), "resource");
  EXPECT_EQ(AudienceParameter(TenantWith(v1::RESOURCE_PARAMETER_PROFILE_AUDIENCE), ""), "audience");
}

}  // namespace
}  // namespace cimd::policy
