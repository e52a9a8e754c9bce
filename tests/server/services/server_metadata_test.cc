#include "server/services/server_metadata.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cimd::services {
namespace {

using ::testing::UnorderedElementsAre;

v1::Tenant TenantWithProfile(v1::DocumentProfile profile) {
  v1::Tenant tenant;
  tenant.set_name("tenants/acme");
  tenant.set_issuer("https://acme.example.com/");
  tenant.mutable_endpoints()->set_authorization_endpoint("https://acme.example.com/authorize");
  tenant.mutable_endpoints()->set_token_endpoint("https://acme.example.com/token");
  tenant.set_document_profile(profile);
  return tenant;
}

TEST(ServerMetadataTest, PublishesTheAlgorithmsThatTheProfileAccepts) {
  const auto algorithms = [](v1::DocumentProfile profile) {
    const auto metadata = MakeServerMetadata(TenantWithProfile(profile));
    EXPECT_TRUE(metadata.ok()) << metadata.status();
    const auto& values = metadata->token_endpoint_auth_signing_alg_values_supported();
    return std::vector<std::string>(values.begin(), values.end());
  };
  EXPECT_THAT(algorithms(v1::DOCUMENT_PROFILE_STANDARD),
              UnorderedElementsAre("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
                                   "Ed25519", "EdDSA"));
  EXPECT_THAT(algorithms(v1::DOCUMENT_PROFILE_STRICT), UnorderedElementsAre("RS256", "RS384", "PS256"));
}

}  // namespace
}  // namespace cimd::services
