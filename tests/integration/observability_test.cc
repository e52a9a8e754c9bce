// What operators can observe: the server's status, metrics, and logs in which one request can be followed from the
// gateway through the server to the host that it fetches from.

#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "server/gateway/gateway.h"
#include "server/gateway/gateway_options.h"
#include "server/telemetry/json_log.h"
#include "tests/integration/documents.h"
#include "tests/server/gateway/http/raw_http_client.h"
#include "tests/testing/error_matchers.h"
#include "tests/testing/https_origin.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/test_server.h"

namespace cimd {
namespace {

using ::cimd::testing::Fails;
using ::cimd::testing::IsOk;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using Admin = v1::AdminService::Stub;
using Json = nlohmann::json;

constexpr char kTraceparent[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr char kTraceId[] = "4bf92f3577b34da6a3ce929d0e0e4736";

class ObservabilityTest : public ::testing::Test {
 protected:
  ObservabilityTest() {
    server_.AddToken("gateway-token", {"read:tenant_settings", "read:server_metadata"}, "");
    server_.AddToken("caller-token", {"read:clients"}, "default");
    std::ofstream(dir_ / "token") << "gateway-token";
    gateway::GatewayOptions options;
    options.listen = "127.0.0.1:0";
    options.server = server_.address();
    options.token_file = dir_ / "token";
    options.metrics_listen = "127.0.0.1:0";
    auto gateway = gateway::Gateway::Start(options);
    EXPECT_THAT(gateway, IsOk());
    gateway_ = *std::move(gateway);
    telemetry::SetLogSeverity(telemetry::Severity::kDebug);
    ::testing::internal::CaptureStderr();
  }
  ~ObservabilityTest() override {
    if (!captured_) ::testing::internal::GetCapturedStderr();
    telemetry::SetLogSeverity(telemetry::Severity::kInfo);
  }

  testing::RawResponse Ask(const std::string& method, const std::string& target, const std::string& headers,
                           const std::string& body = "") {
    const std::string& address = gateway_->address();
    testing::RawHttpClient http(static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    return http.Exchange(
        fmt::format("{} {} HTTP/1.1\r\nHost: gateway.example\r\nAuthorization: Bearer caller-token\r\n"
                    "Content-Type: application/json\r\n{}Content-Length: {}\r\n\r\n{}",
                    method, target, headers, body.size(), body));
  }

  // Returns the log lines of this event. The first call ends the capture.
  std::vector<Json> Logged(const std::string& event) {
    if (!captured_) log_ = ::testing::internal::GetCapturedStderr();
    captured_ = true;
    std::vector<Json> lines;
    std::istringstream text(log_);
    for (std::string line; std::getline(text, line);) {
      Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
      if (json.is_object() && json.value("event", "") == event) lines.push_back(std::move(json));
    }
    return lines;
  }
  // Returns the only line of this event whose `field` has this value.
  Json LoggedWith(const std::string& event, const std::string& field, const std::string& value) {
    std::vector<Json> found;
    for (Json& line : Logged(event)) {
      if (line.value(field, "") == value) found.push_back(std::move(line));
    }
    EXPECT_EQ(found.size(), 1u) << event << " with " << field << " = " << value << " in\n" << log_;
    return found.empty() ? Json::object() : found.front();
  }

  testing::HttpsOrigin origin_;
  testing::TestServer server_{{&origin_}};
  testing::TempDir dir_;
  std::unique_ptr<gateway::Gateway> gateway_;
  bool captured_ = false;
  std::string log_;
};

TEST_F(ObservabilityTest, ATraceIsFollowedFromTheGatewayThroughTheServerToTheFetchedHost) {
  const std::string url = origin_.url("/client.json");
  origin_.Serve("/client.json", {.body = testing::GoodDocument(url)});
  const testing::RawResponse answer =
      Ask("POST", "/api/v2/clients/cimd/preview",
          fmt::format("traceparent: {}\r\ntracestate: vendor=secret\r\nX-Request-Id: r-1\r\n", kTraceparent),
          Json({{"external_client_id", url}}).dump());
  EXPECT_EQ(answer.status, 200) << answer.body;

  const Json request = LoggedWith("request", "trace_id", kTraceId);
  EXPECT_EQ(request["method"], "POST");
  EXPECT_EQ(request["route"], "/api/v2/clients/cimd/preview");
  EXPECT_EQ(request["tenant"], "default");
  EXPECT_EQ(request["request_id"], "r-1");
  const Json call = LoggedWith("call", "method", "cimd.v1.RegistrationService/PreviewClient");
  EXPECT_EQ(call["trace_id"], kTraceId);
  EXPECT_EQ(call["tenant"], "default");
  EXPECT_EQ(call["request_id"], "r-1");
  EXPECT_EQ(LoggedWith("fetch", "reason", "OK")["trace_id"], kTraceId);

  const std::vector<testing::OriginRequest> fetches = origin_.requests("/client.json");
  ASSERT_EQ(fetches.size(), 1u);
  EXPECT_THAT(fetches[0].Header("traceparent"), MatchesRegex(fmt::format("00-{}-[0-9a-f]{{16}}-01", kTraceId)));
  EXPECT_NE(fetches[0].Header("traceparent"), kTraceparent) << "the caller's own span is nobody else's business";
  for (const char* header : {"tracestate", "x-request-id", "authorization", "baggage"}) {
    EXPECT_EQ(fetches[0].Header(header), "") << header;
  }
}

TEST_F(ObservabilityTest, ARefusalIsLoggedWithItsReasonByBoth) {
  const std::string target = "/api/v2/clients/tpc_0123456789abcdefghijkl";
  EXPECT_EQ(Ask("GET", target + "?SECRET=1", "X-Request-Id: r-2\r\n").status, 400);
  EXPECT_EQ(Ask("GET", target, "X-Request-Id: r-3\r\n").status, 404);
  EXPECT_EQ(Ask("DELETE", target, "X-Request-Id: r-4\r\n").status, 403);
  const Json missing = LoggedWith("request", "request_id", "r-3");
  EXPECT_EQ(missing["reason"], "CLIENT_NOT_FOUND");
  EXPECT_EQ(missing["route"], "/api/v2/clients/{id}");
  EXPECT_THAT(missing["trace_id"].get<std::string>(), MatchesRegex("[0-9a-f]{32}")) << "one of the gateway's own";
  const Json call = LoggedWith("call", "method", "cimd.v1.RegistrationService/GetClient");
  EXPECT_EQ(call["reason"], "CLIENT_NOT_FOUND");
  EXPECT_EQ(call["trace_id"], missing["trace_id"]);
  const Json denied = LoggedWith("call", "method", "cimd.v1.RegistrationService/DeleteClient");
  EXPECT_EQ(denied["reason"], "SCOPE_INSUFFICIENT");
  EXPECT_EQ(denied["tenant"], "default");
  EXPECT_EQ(denied["trace_id"], LoggedWith("request", "request_id", "r-4")["trace_id"]);
  EXPECT_THAT(denied["caller"].get<std::string>(), Not(IsEmpty()));
  EXPECT_THAT(log_, Not(HasSubstr("SECRET")));
  EXPECT_THAT(log_, Not(HasSubstr("caller-token")));
}

TEST_F(ObservabilityTest, TheStatusSaysHowTheServerIsDoing) {
  EXPECT_EQ(Ask("GET", "/api/v2/clients", "").status, 200);
  auto status = server_.Call(server_.admin(), &Admin::GetServerStatus, v1::GetServerStatusRequest());
  ASSERT_THAT(status, IsOk());
  EXPECT_THAT(status->version(), MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
  EXPECT_TRUE(status->serving());
  EXPECT_TRUE(status->writable());
  EXPECT_GT(status->revision(), 0);
  EXPECT_EQ(status->tenants(), 1);
  EXPECT_GT(status->store_bytes(), 0);
  EXPECT_GT(status->free_bytes(), 0);
  EXPECT_GT(status->resident_bytes(), 1 << 20);
  EXPECT_GE(status->calls(), 2);
  EXPECT_EQ(status->failed_calls(), 0);
  EXPECT_FALSE(status->backups_enabled());
  EXPECT_FALSE(status->has_certificate_expire_time());
  EXPECT_GE(status->now().seconds(), status->start_time().seconds());
  EXPECT_THAT(status->concerns(), Contains(HasSubstr("--mode=development")));
  server_.set_token("caller-token");
  EXPECT_THAT(server_.Call(server_.admin(), &Admin::GetServerStatus, v1::GetServerStatusRequest()),
              Fails(absl::StatusCode::kPermissionDenied, "SCOPE_INSUFFICIENT"));
}

}  // namespace
}  // namespace cimd
