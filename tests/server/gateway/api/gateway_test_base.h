#ifndef CIMD_TESTS_SERVER_GATEWAY_API_GATEWAY_TEST_BASE_H_
#define CIMD_TESTS_SERVER_GATEWAY_API_GATEWAY_TEST_BASE_H_

#include <cstdint>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "server/errors/errors.h"
#include "server/gateway/gateway.h"
#include "tests/server/gateway/api/fake_control_plane.h"
#include "tests/server/gateway/http/raw_http_client.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace cimd::testing {

// A gateway on a free port with a scripted control plane behind it. Requests have the access token "caller" by default.
// The gateway's own token is "own". Requests go to gateway.example, the host of the tenant "home".
class GatewayTestBase : public ::testing::Test {
 protected:
  GatewayTestBase() {
    options_.listen = "127.0.0.1:0";
    options_.server = plane_.address();
    options_.token_file = dir_ / "token";
    WriteToken("own");
    AddTenant("gateway.example", "", "home");
  }

  void SetUp() override { Start(); }
  void Start() { CIMD_ASSERT_OK_AND_ASSIGN(gateway_, gateway::Gateway::Start(options_)); }

  // Adds the tenant `id` with the issuer https://host/path. Other addresses belong to no tenant.
  void AddTenant(const std::string& host, const std::string& path, const std::string& id) {
    tenants_[{host, path}] = id;
    plane_.lookup_tenant.AnswersBy(
        [tenants = tenants_](const v1::LookupTenantRequest& request) -> absl::StatusOr<v1::Tenant> {
          const auto found = tenants.find({request.domain(), request.issuer_path()});
          if (found == tenants.end()) return rpc::errors::DomainNotFound(request.domain(), request.issuer_path());
          v1::Tenant tenant;
          tenant.set_name("tenants/" + found->second);
          return tenant;
        });
  }

  void WriteToken(const std::string& token) { std::ofstream(options_.token_file) << token << "\n"; }

  uint16_t port() const {
    int port = 0;
    const std::string& address = gateway_->address();
    (void)absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port);
    return static_cast<uint16_t>(port);
  }

  // Sends a request with exactly these header lines. Each line must end with "\r\n".
  RawResponse SendRaw(const std::string& method, const std::string& target, const std::string& headers,
                      const std::string& body = "") {
    return RawHttpClient(port()).Exchange(RequestText(method, target, headers, body));
  }
  RawResponse Send(const std::string& method, const std::string& target, const std::string& body = "") {
    return SendRaw(method, target, kHeaders, body);
  }
  RawResponse Get(const std::string& target) { return Send("GET", target); }

  static std::string RequestText(const std::string& method, const std::string& target, const std::string& headers,
                                 const std::string& body = "") {
    return fmt::format("{} {} HTTP/1.1\r\n{}Content-Length: {}\r\n\r\n{}", method, target, headers, body.size(), body);
  }

  static constexpr char kHeaders[] =
      "Host: gateway.example\r\nAuthorization: Bearer caller\r\nContent-Type: application/json\r\n";

  TempDir dir_;
  FakeControlPlane plane_;
  gateway::GatewayOptions options_;
  std::unique_ptr<gateway::Gateway> gateway_;
  // Tenant IDs by host and path of the issuer.
  std::map<std::pair<std::string, std::string>, std::string> tenants_;
};

inline nlohmann::ordered_json ParseJson(const std::string& text) {
  return nlohmann::ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
}

// Matches a response with this status and JSON body. The order of members does not matter.
MATCHER_P2(IsJson, status, body, fmt::format("is {} {}", status, body)) {
  *result_listener << arg.status_line << " " << arg.body;
  return arg.status == status && nlohmann::json::parse(arg.body, nullptr, false) == nlohmann::json::parse(body);
}

// Matches a response with this status and errorCode.
MATCHER_P2(IsError, status, code, fmt::format("is {} {}", status, code)) {
  *result_listener << arg.status_line << " " << arg.body;
  const auto body = nlohmann::json::parse(arg.body, nullptr, false);
  return arg.status == status && body.is_object() && body.value("errorCode", "") == code &&
         body.value("statusCode", 0) == status;
}

}  // namespace cimd::testing

#endif  // CIMD_TESTS_SERVER_GATEWAY_API_GATEWAY_TEST_BASE_H_
