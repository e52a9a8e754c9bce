#ifndef CIMD_TESTS_INTEGRATION_CONFIDENTIAL_CLIENT_H_
#define CIMD_TESTS_INTEGRATION_CONFIDENTIAL_CLIENT_H_

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/integration/documents.h"
#include "tests/server/jose/test_signer.h"
#include "tests/testing/adjustable_clock.h"
#include "tests/testing/error_matchers.h"
#include "tests/testing/test_server.h"

namespace cimd::testing {

inline constexpr char kIssuer[] = "https://login.example.com/";
inline constexpr char kTokenEndpoint[] = "https://login.example.com/token";
inline constexpr char kJwtBearer[] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

// A server with an adjustable clock, and an HTTPS origin that publishes a client with keys. Has the client's
// operations.
class ConfidentialClientTest : public ::testing::Test {
 protected:
  void SetUp() override {
    v1::Tenant tenant;
    tenant.set_issuer(kIssuer);
    tenant.mutable_endpoints()->set_token_endpoint(kTokenEndpoint);
    server_.UpdateTenant(tenant, {"issuer", "endpoints"});
    PublishDocument(Document());
  }

  std::string url() const { return origin_.url("/client.json"); }
  std::string jwks_url() const { return origin_.url("/jwks.json"); }

  // A document with jwks_uri and private_key_jwt.
  nlohmann::ordered_json Document() const {
    auto document = nlohmann::ordered_json::parse(GoodDocument(url()));
    document["token_endpoint_auth_method"] = "private_key_jwt";
    document["jwks_uri"] = jwks_url();
    return document;
  }
  void PublishDocument(const nlohmann::ordered_json& document) {
    origin_.Serve("/client.json", {.body = document.dump()});
  }
  static std::string KeySet(const std::vector<std::string>& keys) {
    return R"({"keys":[)" + absl::StrJoin(keys, ",") + "]}";
  }
  void PublishKeys(const std::vector<std::string>& keys, const std::string& cache_control = "max-age=600",
                   const std::string& etag = "") {
    origin_.Serve("/jwks.json", {.body = KeySet(keys), .headers = {{"Cache-Control", cache_control}}, .etag = etag});
  }
  static std::string Jwk(const TestSigner& signer, const std::string& kid) {
    return signer.PublicJwk(R"("kid":")" + kid + "\"");
  }
  int key_requests() const { return static_cast<int>(origin_.requests("/jwks.json").size()); }

  absl::StatusOr<v1::RegisterClientResponse> Register() {
    v1::RegisterClientRequest request;
    request.set_parent("tenants/default");
    request.set_external_client_id(url());
    auto registered = server_.Call(server_.registration(), &v1::RegistrationService::Stub::RegisterClient, request);
    if (registered.ok()) name_ = registered->client().name();
    return registered;
  }
  absl::StatusOr<v1::PreviewClientResponse> Preview() {
    v1::PreviewClientRequest request;
    request.set_parent("tenants/default");
    request.set_external_client_id(url());
    return server_.Call(server_.registration(), &v1::RegistrationService::Stub::PreviewClient, request);
  }
  absl::StatusOr<v1::ClientKeys> Keys() {
    v1::GetClientKeysRequest request;
    request.set_name(name_);
    return server_.Call(server_.metadata(), &v1::MetadataService::Stub::GetClientKeys, request);
  }
  absl::StatusOr<v1::RefreshClientKeysResponse> RefreshKeys() {
    v1::RefreshClientKeysRequest request;
    request.set_name(name_);
    return server_.Call(server_.metadata(), &v1::MetadataService::Stub::RefreshClientKeys, request);
  }
  void SetKeyRefresh(v1::KeyRefresh key_refresh) {
    v1::Tenant tenant;
    tenant.set_key_refresh(key_refresh);
    server_.UpdateTenant(tenant, {"key_refresh"});
  }

  // Returns valid claims with the current time and a new jti.
  nlohmann::ordered_json Claims() const {
    static std::atomic<int> counter = 0;
    const int64_t now = absl::ToUnixSeconds(clock_.Now());
    nlohmann::ordered_json claims;
    claims["iss"] = url();
    claims["sub"] = url();
    claims["aud"] = kIssuer;
    claims["jti"] = "jti-" + std::to_string(++counter);
    claims["iat"] = now;
    claims["exp"] = now + 60;
    return claims;
  }
  static std::string Header(std::string_view alg, std::string_view kid) {
    return R"({"alg":")" + std::string(alg) + R"(","kid":")" + std::string(kid) + R"(","typ":"JWT"})";
  }
  std::string Assertion(const TestSigner& signer, const std::string& kid,
                        jose::Algorithm algorithm = jose::Algorithm::kEs256) const {
    return signer.Sign(algorithm, Header(AlgorithmName(algorithm), kid), Claims().dump());
  }
  absl::StatusOr<v1::VerifyClientAssertionResponse> Verify(const std::string& assertion,
                                                           const std::string& client_id = "") {
    v1::VerifyClientAssertionRequest request;
    request.set_parent("tenants/default");
    request.set_client_id(client_id);
    request.set_client_assertion_type(kJwtBearer);
    request.set_client_assertion(assertion);
    return server_.Call(server_.metadata(), &v1::MetadataService::Stub::VerifyClientAssertion, request);
  }
  // Returns "" if the assertion is valid, otherwise the name of the reason or the error.
  std::string Reason(const absl::StatusOr<v1::VerifyClientAssertionResponse>& response) {
    if (!response.ok()) return response.status().ToString();
    if (response->valid() != response->error().empty()) return "valid and error contradict each other";
    if (response->valid()) return "";
    return v1::AssertionReason_Name(response->reason()).substr(std::string("ASSERTION_REASON_").size());
  }

  AdjustableClock clock_;
  HttpsOrigin origin_;
  TestServer server_{{&origin_}, &clock_};
  std::string name_;
};

// Returns the reason and path of each finding, without the prefix that all reasons share.
template <typename Findings>
std::vector<std::string> FindingsOf(const Findings& findings) {
  std::vector<std::string> reasons;
  for (const v1::Finding& finding : findings) {
    const std::string name = v1::FindingReason_Name(finding.reason()).substr(std::string("FINDING_REASON_").size());
    if (name.starts_with("KEY_")) reasons.push_back(name + " " + finding.path());
  }
  return reasons;
}

template <typename Keys>
std::vector<std::string> KidsOf(const Keys& keys) {
  std::vector<std::string> kids;
  for (const v1::ClientKey& key : keys) kids.push_back(key.kid());
  return kids;
}

}  // namespace cimd::testing

#endif  // CIMD_TESTS_INTEGRATION_CONFIDENTIAL_CLIENT_H_
