#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "cimd/v1/admin_service.pb.h"
#include "client/cli/session/session.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/cli/cimdctl_fixture.h"

namespace cimd::cli {
namespace {

using cimd::testing::CimdctlResult;
using cimd::testing::CimdctlTest;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kId[] = "0000000000000a2f00000000";

class AuditCommandsTest : public CimdctlTest {
 protected:
  static v1::AuditEvent SomeEvent() {
    v1::AuditEvent event;
    event.set_name(std::string("tenants/default/auditEvents/") + kId);
    event.mutable_time()->set_seconds(1'782'898'200);
    event.set_caller_kind(v1::CALLER_KIND_ACCESS_TOKEN);
    event.set_caller("tok_1");
    event.set_caller_display_name("ci");
    event.set_address("192.0.2.1");
    event.set_method("cimd.v1.AdminService/UpdateTenant");
    event.set_resource("tenants/default");
    event.set_outcome(v1::AUDIT_OUTCOME_CHANGED);
    v1::FieldChange& change = *event.add_changes();
    change.set_field("display_name");
    change.set_old_value("old \x1b[31m");
    change.set_new_value("new");
    event.set_count(1);
    return event;
  }
  static v1::AuditEvent SomeDenial() {
    v1::AuditEvent event = SomeEvent();
    event.clear_changes();
    event.clear_caller();
    event.clear_resource();
    event.set_outcome(v1::AUDIT_OUTCOME_DENIED);
    event.set_reason("SCOPE_INSUFFICIENT");
    event.set_count(70);
    return event;
  }
  // Two pages with the same two events each.
  void ServeList() {
    server_.On([](const v1::ListAuditEventsRequest& request) -> absl::StatusOr<v1::ListAuditEventsResponse> {
      v1::ListAuditEventsResponse response;
      *response.add_audit_events() = SomeEvent();
      *response.add_audit_events() = SomeDenial();
      if (request.page_token().empty()) response.set_next_page_token("2");
      return response;
    });
  }
};

TEST_F(AuditCommandsTest, ListShowsALineForEachEvent) {
  ServeList();
  EXPECT_EQ(Run({"audit", "list", "--limit", "2"}).out,
            "TIME                  ID                        "
            "METHOD                     RESOURCE         OUTCOME                 CALLER      ADDRESS\n"
            "2026-07-01T09:30:00Z  0000000000000a2f00000000  "
            "AdminService/UpdateTenant  tenants/default  1 change                tok_1 (ci)  192.0.2.1\n"
            "2026-07-01T09:30:00Z  0000000000000a2f00000000  "
            "AdminService/UpdateTenant                   SCOPE_INSUFFICIENT x70  ci          192.0.2.1\n");
  EXPECT_THAT(server_.Received<v1::ListAuditEventsRequest>(), SizeIs(1));
  Run({"audit", "list", "--limit", "0"});
  EXPECT_THAT(server_.Received<v1::ListAuditEventsRequest>(), SizeIs(3));
}

TEST_F(AuditCommandsTest, ListNamesAClientByItsUrl) {
  server_.On([](const v1::ListAuditEventsRequest&) -> absl::StatusOr<v1::ListAuditEventsResponse> {
    v1::ListAuditEventsResponse response;
    for (const char* resource : {"tenants/default/clients/tpc_1", "", "tenants/default/clientGrants/cgr_1"}) {
      v1::AuditEvent& event = *response.add_audit_events();
      event = SomeEvent();
      event.set_resource(resource);
      event.add_external_client_ids("https://app.example.com/client.json");
    }
    return response;
  });
  const std::string out = Run({"audit", "list"}).out;
  EXPECT_THAT(out, Not(HasSubstr("tpc_1")));
  EXPECT_THAT(out, HasSubstr("AdminService/UpdateTenant  https://app.example.com/client.json  1 change"));
  EXPECT_THAT(out, HasSubstr("tenants/default/clientGrants/cgr_1"));
}

TEST_F(AuditCommandsTest, FiltersArePassedOn) {
  ServeList();
  const absl::Time before = absl::Now();
  const CimdctlResult result =
      Run({"audit", "list", "--platform", "--resource", "tenants/a", "--caller", "tok_1", "--method", "UpdateTenant",
           "--outcome", "denied", "--since", "36h", "--until", "2026-07-01T00:00:00Z", "--limit", "1"});
  EXPECT_EQ(result.status, kExitOk) << result.err;
  const v1::ListAuditEventsRequest request = server_.Received<v1::ListAuditEventsRequest>().at(0);
  EXPECT_EQ(request.parent(), "platform");
  EXPECT_EQ(request.resource(), "tenants/a");
  EXPECT_EQ(request.caller(), "tok_1");
  EXPECT_EQ(request.method(), "cimd.v1.AdminService/UpdateTenant");
  EXPECT_EQ(request.outcome(), v1::AUDIT_OUTCOME_DENIED);
  EXPECT_NEAR(request.start_time().seconds(), absl::ToUnixSeconds(before - absl::Hours(36)), 60);
  EXPECT_EQ(request.end_time().seconds(), 1'782'864'000);
  EXPECT_EQ(Run({"audit", "list", "--since", "yesterday"}).status, kExitUsage);
  EXPECT_EQ(Run({"audit", "list", "--since", "7d"}).status, kExitOk);
  EXPECT_NEAR(server_.Received<v1::ListAuditEventsRequest>().at(1).start_time().seconds(),
              absl::ToUnixSeconds(before - absl::Hours(7 * 24)), 60);
}

TEST_F(AuditCommandsTest, WhatIsShownIsAcceptedAsAFilter) {
  ServeList();
  for (const char* method : {"AdminService/UpdateTenant", "cimd.v1.AdminService/UpdateTenant"}) {
    EXPECT_EQ(Run({"audit", "list", "--method", method, "--caller", "tok_1 (ci)", "--limit", "1"}).status, kExitOk);
  }
  for (const auto& request : server_.Received<v1::ListAuditEventsRequest>()) {
    EXPECT_EQ(request.method(), "cimd.v1.AdminService/UpdateTenant");
    EXPECT_EQ(request.caller(), "tok_1");
  }
}

TEST_F(AuditCommandsTest, AFilterThatCanMatchNothingIsRefused) {
  const CimdctlResult method = Run({"audit", "list", "--method", "AdminService/UpdateTenants"});
  EXPECT_EQ(method.status, kExitUsage);
  EXPECT_THAT(method.err,
              HasSubstr("there is no method 'AdminService/UpdateTenants'; did you mean AdminService/UpdateTenant"));
  EXPECT_THAT(Run({"audit", "list", "--method", "DeleteClint"}).err, HasSubstr("did you mean DeleteClient?"));
  EXPECT_EQ(Run({"audit", "list", "--resource", "acme"}).status, kExitUsage);
  EXPECT_THAT(server_.authorizations(), ::testing::IsEmpty());
}

TEST_F(AuditCommandsTest, ShowTellsEachChange) {
  server_.On([](const v1::GetAuditEventRequest&) -> absl::StatusOr<v1::AuditEvent> { return SomeEvent(); });
  const CimdctlResult result = Run({"audit", "show", kId});
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("tok_1"), HasSubstr("  display_name  - old \\x1b[31m  + new\n"), Not(HasSubstr("\x1b"))));
  Run({"audit", "show", "--platform", kId});
  Run({"audit", "show", "tenants/x/auditEvents/1"});
  const auto requests = server_.Received<v1::GetAuditEventRequest>();
  EXPECT_EQ(requests.at(0).name(), std::string("tenants/default/auditEvents/") + kId);
  EXPECT_EQ(requests.at(1).name(), std::string("platform/auditEvents/") + kId);
  EXPECT_EQ(requests.at(2).name(), "tenants/x/auditEvents/1");
}

TEST_F(AuditCommandsTest, VerifyEndsWithAnErrorWhenTheChainIsBroken) {
  v1::VerifyAuditLogResponse report;
  report.set_valid(true);
  report.set_events(12);
  report.set_links(5);
  report.set_unlinked_events(1);
  report.set_head_sha256("5d41");
  server_.On([&](const v1::VerifyAuditLogRequest&) -> absl::StatusOr<v1::VerifyAuditLogResponse> { return report; });
  CimdctlResult result = Run({"audit", "verify", "--known_head", "abcd"});
  EXPECT_EQ(result.status, kExitOk);
  EXPECT_EQ(result.out, "the chain holds: 12 events in 5 links\nunlinked 1\nhead     5d41\n");
  EXPECT_EQ(server_.Received<v1::VerifyAuditLogRequest>().at(0).known_head_sha256(), "abcd");

  report.set_valid(false);
  report.set_problem("link 3 is missing");
  report.set_audit_event("tenants/default/auditEvents/1");
  result = Run({"audit", "verify"});
  EXPECT_EQ(result.status, kExitFailed);
  EXPECT_THAT(result.out,
              HasSubstr("the chain is broken: link 3 is missing\nat       tenants/default/auditEvents/1\n"));
}

}  // namespace
}  // namespace cimd::cli
