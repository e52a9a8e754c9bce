#include "tests/bench/assertions.h"

#include "absl/time/clock.h"
#include "fmt/format.h"

namespace cimd::bench {

void RegisterConfidentialClient(Setting& setting, const testing::TestSigner& signer) {
  // What a kid means never changes, so every key has its own.
  v1::RegisterClientRequest request;
  request.set_parent(kParent);
  request.set_external_client_id(kConfidentialUrl);
  request.set_document(fmt::format(
      R"({{"client_id":"{}","client_name":"Confidential","redirect_uris":["https://keys.example.net/callback"],)"
      R"("grant_types":["authorization_code"],"token_endpoint_auth_method":"private_key_jwt","jwks":{{"keys":[{}]}}}})",
      kConfidentialUrl, signer.PublicJwk(R"("alg":"ES256")")));
  v1::RegisterClientResponse response;
  const grpc::Status status =
      setting.Call(*setting.registration, &v1::RegistrationService::Stub::RegisterClient, request, response);
  Require(status.ok(), status.error_message());
}

std::string SignAssertion(const testing::TestSigner& signer, const std::string& audience, const std::string& jti) {
  const int64_t now = absl::ToUnixSeconds(absl::Now());
  return signer.Sign(jose::Algorithm::kEs256, R"({"alg":"ES256","typ":"JWT"})",
                     fmt::format(R"({{"iss":"{0}","sub":"{0}","aud":"{1}","jti":"{2}","iat":{3},"exp":{4}}})",
                                 kConfidentialUrl, audience, jti, now, now + 280));
}

v1::VerifyClientAssertionRequest VerificationOf(const std::string& assertion) {
  v1::VerifyClientAssertionRequest request;
  request.set_parent(kParent);
  request.set_client_assertion_type("urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
  request.set_client_assertion(assertion);
  return request;
}

Begin Verifications(Setting& setting, const std::vector<std::string>& assertions) {
  return Unary<v1::VerifyClientAssertionRequest, v1::VerifyClientAssertionResponse>(
      setting.channels, "/cimd.v1.MetadataService/VerifyClientAssertion",
      [&assertions](uint64_t n, v1::VerifyClientAssertionRequest& request) {
        request = VerificationOf(assertions[n % assertions.size()]);
      },
      [](const v1::VerifyClientAssertionResponse& response) { return response.valid(); }, setting.token);
}

}  // namespace cimd::bench
