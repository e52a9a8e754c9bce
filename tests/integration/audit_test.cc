// The audit log over gRPC: recording changes and refusals, reading events, and detecting tampering.

#include <algorithm>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/crypto/sha256.h"
#include "storage/audit/audit_chain.h"
#include "storage/keys.h"
#include "storage/rocksdb/rocksdb_store.h"
#include "storage/run_in_transaction.h"
#include "tests/integration/documents.h"
#include "tests/testing/error_matchers.h"
#include "tests/testing/eventually.h"
#include "tests/testing/test_server.h"

namespace cimd {
namespace {

using absl::StatusCode;
using ::cimd::testing::Fails;
using ::cimd::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::Property;
using ::testing::SizeIs;
using Admin = v1::AdminService::Stub;

constexpr char kTenant[] = "tenants/default";

// Returns "field -old +new" for every change.
std::vector<std::string> ChangesOf(const v1::AuditEvent& event) {
  std::vector<std::string> changes;
  for (const v1::FieldChange& change : event.changes()) {
    changes.push_back(change.field() + (change.has_old_value() ? " -" + change.old_value() : "") +
                      (change.has_new_value() ? " +" + change.new_value() : ""));
  }
  return changes;
}

std::string ShortMethod(const v1::AuditEvent& event) { return event.method().substr(event.method().find('/') + 1); }

class AuditTest : public ::testing::Test {
 protected:
  v1::ListAuditEventsRequest ListRequest(const std::string& parent = kTenant) const {
    v1::ListAuditEventsRequest request;
    request.set_parent(parent);
    return request;
  }
  absl::StatusOr<v1::ListAuditEventsResponse> List(const v1::ListAuditEventsRequest& request) {
    return server_.Call(server_.admin(), &Admin::ListAuditEvents, request);
  }
  // Returns every event that the request selects, from all pages.
  std::vector<v1::AuditEvent> ListAll(v1::ListAuditEventsRequest request) {
    std::vector<v1::AuditEvent> events;
    do {
      auto page = List(request);
      EXPECT_THAT(page, IsOk());
      if (!page.ok()) break;
      EXPECT_LE(page->audit_events_size(), request.page_size() == 0 ? 50 : request.page_size());
      events.insert(events.end(), page->audit_events().begin(), page->audit_events().end());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return events;
  }
  std::vector<v1::AuditEvent> Events(const std::string& parent = kTenant) { return ListAll(ListRequest(parent)); }
  absl::StatusOr<v1::VerifyAuditLogResponse> Verify(const std::string& parent = kTenant, const std::string& head = "") {
    v1::VerifyAuditLogRequest request;
    request.set_parent(parent);
    request.set_known_head_sha256(head);
    return server_.Call(server_.admin(), &Admin::VerifyAuditLog, request);
  }
  // Waits until every event is linked into the hash chain.
  v1::VerifyAuditLogResponse VerifyLinked(const std::string& parent = kTenant) {
    absl::StatusOr<v1::VerifyAuditLogResponse> report;
    EXPECT_TRUE(testing::Eventually(
        [&] {
          report = Verify(parent);
          return !report.ok() || report->unlinked_events() == 0;
        },
        "every event is linked"));
    EXPECT_THAT(report, IsOk());
    return report.value_or(v1::VerifyAuditLogResponse());
  }
  void SetDisplayName(const std::string& display_name) {
    v1::Tenant tenant;
    tenant.set_display_name(display_name);
    server_.UpdateTenant(tenant, {"display_name"});
  }
  absl::Status CreateTenant(const std::string& id) {
    v1::CreateTenantRequest request;
    request.set_tenant_id(id);
    return server_.Call(server_.admin(), &Admin::CreateTenant, request).status();
  }
  void DeleteTenant(const std::string& id) {
    v1::DeleteTenantRequest request;
    request.set_name("tenants/" + id);
    request.set_force(true);
    ASSERT_THAT(server_.Call(server_.admin(), &Admin::DeleteTenant, request), IsOk());
    v1::GetTenantRequest get;
    get.set_name(request.name());
    ASSERT_TRUE(testing::Eventually([&] { return !server_.Call(server_.admin(), &Admin::GetTenant, get).ok(); },
                                    "the purge removes tenant " + id));
  }
  // Changes the database while the server is stopped.
  void WhileDown(const std::function<void(storage::Store&)>& action) {
    server_.Stop();
    {
      storage::RocksDbOptions options;
      options.directory = server_.data_dir() + "/db";
      auto store = storage::OpenRocksDbStore(std::move(options));
      ASSERT_THAT(store, IsOk());
      action(**store);
    }
    server_.Restart();
  }

  testing::HttpsOrigin origin_;
  testing::TestServer server_{{&origin_}};
};

TEST_F(AuditTest, AnEventSaysWhoDidWhatFromWhereAndWhatCameOfIt) {
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + server_.token());
  context.AddMetadata("traceparent", "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01");
  v1::UpdateTenantRequest request;
  request.mutable_tenant()->set_name(kTenant);
  request.mutable_tenant()->set_display_name("ACME");
  request.mutable_tenant()->add_domains("a.example");
  request.mutable_update_mask()->add_paths("display_name");
  request.mutable_update_mask()->add_paths("domains");
  request.set_request_id("11111111-2222-3333-4444-555555555555");
  v1::Tenant tenant;
  ASSERT_TRUE(server_.admin().UpdateTenant(&context, request, &tenant).ok());

  const std::vector<v1::AuditEvent> events = Events();
  ASSERT_THAT(events, SizeIs(2));
  const v1::AuditEvent& event = events[0];
  EXPECT_EQ(event.caller_kind(), v1::CALLER_KIND_ACCESS_TOKEN);
  EXPECT_THAT(event.caller() + event.caller_display_name(), Not(IsEmpty()));
  EXPECT_EQ(event.address(), "127.0.0.1");
  EXPECT_EQ(event.method(), "cimd.v1.AdminService/UpdateTenant");
  EXPECT_EQ(event.resource(), kTenant);
  EXPECT_EQ(event.outcome(), v1::AUDIT_OUTCOME_CHANGED);
  EXPECT_EQ(event.reason(), "");
  EXPECT_EQ(event.request_id(), request.request_id());
  EXPECT_EQ(event.trace_id(), "0123456789abcdef0123456789abcdef");
  EXPECT_EQ(event.count(), 1);
  EXPECT_EQ(event.time().seconds(), tenant.update_time().seconds());
  EXPECT_THAT(ChangesOf(event), ElementsAre("display_name -Default +ACME", "domains +a.example"));
  // The digests connect consecutive events of a resource.
  EXPECT_EQ(event.before_sha256().size(), 64u);
  EXPECT_EQ(event.before_sha256(), events[1].after_sha256());
  EXPECT_NE(event.before_sha256(), event.after_sha256());

  v1::GetAuditEventRequest get;
  get.set_name(event.name());
  auto got = server_.Call(server_.admin(), &Admin::GetAuditEvent, get);
  ASSERT_THAT(got, IsOk());
  EXPECT_EQ(got->SerializeAsString(), event.SerializeAsString());

  // A repeated request and a request that changes nothing must record no event.
  grpc::ClientContext again;
  again.AddMetadata("authorization", "Bearer " + server_.token());
  ASSERT_TRUE(server_.admin().UpdateTenant(&again, request, &tenant).ok());
  SetDisplayName("ACME");
  EXPECT_THAT(Events(), SizeIs(2));
}

TEST_F(AuditTest, EveryMutationIsTold) {
  const std::string url = origin_.url("/c.json");
  origin_.Serve("/c.json", {.body = testing::GoodDocument(url)});
  v1::RegisterClientRequest registration;
  registration.set_parent(kTenant);
  registration.set_external_client_id(url);
  auto client = server_.Call(server_.registration(), &v1::RegistrationService::Stub::RegisterClient, registration);
  ASSERT_THAT(client, IsOk());
  const std::string name = client->client().name();
  origin_.Serve("/c.json", {.body = testing::GoodDocument(url, "Renamed")});
  v1::RefreshClientRequest refresh;
  refresh.set_name(name);
  ASSERT_THAT(server_.Call(server_.metadata(), &v1::MetadataService::Stub::RefreshClient, refresh), IsOk());
  v1::BlockClientRequest block;
  block.set_parent(kTenant);
  block.set_external_client_id(url);
  block.set_reason("phishing");
  ASSERT_THAT(server_.Call(server_.registration(), &v1::RegistrationService::Stub::BlockClient, block), IsOk());

  v1::CreateConnectionRequest create;
  create.set_parent(kTenant);
  create.mutable_connection()->set_connection_name("users");
  create.mutable_connection()->set_strategy("auth0");
  auto connection = server_.Call(server_.connections(), &v1::ConnectionsService::Stub::CreateConnection, create);
  ASSERT_THAT(connection, IsOk());
  v1::UpdateConnectionClientsRequest enable;
  enable.set_name(connection->name());
  enable.add_changes()->set_client(name);
  enable.mutable_changes(0)->set_enabled(true);
  auto enabled = server_.Call(server_.connections(), &v1::ConnectionsService::Stub::UpdateConnectionClients, enable);
  ASSERT_THAT(enabled, IsOk());
  v1::DeleteClientRequest remove;
  remove.set_name(name);
  ASSERT_THAT(server_.Call(server_.registration(), &v1::RegistrationService::Stub::DeleteClient, remove), IsOk());

  const std::vector<v1::AuditEvent> events = Events();
  std::vector<std::string> told;
  for (const v1::AuditEvent& event : events) told.push_back(ShortMethod(event));
  ASSERT_THAT(told, ElementsAre("DeleteClient", "UpdateConnectionClients", "CreateConnection", "BlockClient",
                                "RefreshClient", "RegisterClient", "UpdateTenant"));
  // The filter by URL must find all events of a client, including a deleted client.
  for (int i : {0, 1, 3, 4, 5}) EXPECT_THAT(events[i].external_client_ids(), ElementsAre(url)) << i;
  for (int i : {2, 6}) EXPECT_THAT(events[i].external_client_ids(), IsEmpty()) << i;
  v1::ListAuditEventsRequest by_url = ListRequest();
  by_url.set_external_client_id(url);
  EXPECT_THAT(ListAll(by_url), SizeIs(5));
  by_url.clear_external_client_id();
  by_url.set_resource(url);
  EXPECT_THAT(ListAll(by_url), SizeIs(5));
  by_url.set_resource(url + "/else");
  EXPECT_THAT(ListAll(by_url), IsEmpty());

  EXPECT_THAT(events[0].after_sha256(), IsEmpty());
  EXPECT_EQ(events[0].before_sha256(), events[3].after_sha256());
  EXPECT_EQ(events[1].resource(), connection->name());
  EXPECT_THAT(ChangesOf(events[1]), ElementsAre("clients +" + name.substr(name.rfind('/') + 1)));
  EXPECT_THAT(ChangesOf(events[2]), IsSupersetOf({"connection_name +users", "strategy +auth0"}));
  EXPECT_EQ(events[3].resource(), name);
  EXPECT_THAT(ChangesOf(events[3]),
              IsSupersetOf({std::string("state -CLIENT_STATE_ACTIVE +CLIENT_STATE_BLOCKED"),
                            std::string("block_reason +phishing"), std::string("block.reason +phishing"),
                            "block.external_client_id +" + url}));
  EXPECT_THAT(ChangesOf(events[4]), IsSupersetOf({"client_name -Good Client +Renamed", "document_version -1 +2"}));
  EXPECT_THAT(events[5].before_sha256(), IsEmpty());
  EXPECT_THAT(ChangesOf(events[5]), ::testing::Contains("client_name +Good Client"));
}

TEST_F(AuditTest, ListsArePagedAndFiltered) {
  for (int i = 0; i < 25; ++i) SetDisplayName("Name " + std::to_string(i));
  ASSERT_THAT(CreateTenant("other"), IsOk());
  const std::vector<v1::AuditEvent> all = Events();
  ASSERT_THAT(all, SizeIs(26));
  EXPECT_TRUE(
      std::is_sorted(all.rbegin(), all.rend(), [](const auto& a, const auto& b) { return a.name() < b.name(); }));
  auto same = [&](const std::vector<v1::AuditEvent>& events) {
    return std::equal(events.begin(), events.end(), all.begin(), all.end(),
                      [](const auto& a, const auto& b) { return a.name() == b.name(); });
  };
  for (int page_size : {1, 7, 25, 26, 27}) {
    auto request = ListRequest();
    request.set_page_size(page_size);
    EXPECT_TRUE(same(ListAll(request))) << page_size;
  }

  auto filtered = [&](auto filter) {
    auto request = ListRequest();
    filter(request);
    return ListAll(request).size();
  };
  EXPECT_EQ(filtered([](auto& r) { r.set_resource(kTenant); }), 26u);
  EXPECT_EQ(filtered([](auto& r) { r.set_resource("tenants"); }), 26u);
  EXPECT_EQ(filtered([](auto& r) { r.set_method("cimd.v1.AdminService/UpdateTenant"); }), 26u);
  EXPECT_EQ(filtered([](auto& r) { r.set_method("AdminService/UpdateTenant"); }), 26u);
  EXPECT_EQ(filtered([](auto& r) { r.set_method("RegistrationService/DeleteClient"); }), 0u);
  EXPECT_EQ(filtered([](auto& r) { r.set_outcome(v1::AUDIT_OUTCOME_DENIED); }), 0u);
  EXPECT_EQ(filtered([](auto& r) { r.set_caller("nobody"); }), 0u);
  EXPECT_EQ(filtered([&](auto& r) { *r.mutable_start_time() = all[4].time(); }), 5u);
  EXPECT_EQ(filtered([&](auto& r) { *r.mutable_end_time() = all[4].time(); }), 21u);

  // A page token is valid only with the request that it was issued for.
  auto request = ListRequest();
  request.set_page_size(5);
  request.set_page_token(List(request)->next_page_token());
  request.set_method("AdminService/UpdateTenant");
  EXPECT_THAT(List(request), Fails(StatusCode::kInvalidArgument, "PAGE_TOKEN_INVALID"));
  EXPECT_THAT(List(ListRequest("tenants/nobody")), Fails(StatusCode::kNotFound, "TENANT_NOT_FOUND"));
  EXPECT_THAT(List(ListRequest("platforms")), Fails(StatusCode::kInvalidArgument, "RESOURCE_NAME_INVALID"));
  v1::GetAuditEventRequest get;
  for (const char* name :
       {"tenants/default/auditEvents/000000000000000000000000", "platform/auditEvents/ffffffffffffffffffffffff"}) {
    get.set_name(name);
    EXPECT_THAT(server_.Call(server_.admin(), &Admin::GetAuditEvent, get),
                Fails(StatusCode::kNotFound, "AUDIT_EVENT_NOT_FOUND"));
  }
  for (const char* name : {"", "tenants/default/auditEvents/", "tenants/default/auditEvents/12", "auditEvents/x",
                           "tenants/default/auditEvents/00000000000000000000000G"}) {
    get.set_name(name);
    EXPECT_THAT(server_.Call(server_.admin(), &Admin::GetAuditEvent, get).status().code(), StatusCode::kInvalidArgument)
        << name;
  }
}

TEST_F(AuditTest, FiltersThatCanMatchNothingAreRefused) {
  using Request = v1::ListAuditEventsRequest;
  struct Case {
    const char* description;
    std::string parent;
    std::function<void(Request&)> set;
  };
  const Case cases[] = {
      {"another tenant's resource", kTenant, [](Request& r) { r.set_resource("tenants/def"); }},
      {"half a resource name", kTenant, [](Request& r) { r.set_resource("clients/tpc_1"); }},
      {"the platform's resource in a tenant's log", kTenant,
       [](Request& r) { r.set_resource("platform/accessTokens/t"); }},
      {"no resource of the platform", "platform", [](Request& r) { r.set_resource("clients/tpc_1"); }},
      {"a client without https", kTenant, [](Request& r) { r.set_external_client_id("tpc_1"); }},
      {"two clients", kTenant,
       [](Request& r) {
         r.set_resource("https://a.example/c");
         r.set_external_client_id("https://b.example/c");
       }},
      {"a method without its service", kTenant, [](Request& r) { r.set_method("UpdateTenant"); }},
      {"an unknown method", kTenant, [](Request& r) { r.set_method("AdminService/Frobnicate"); }},
      {"an unknown outcome", kTenant, [](Request& r) { r.set_outcome(static_cast<v1::AuditOutcome>(77)); }},
      {"a time that ends when it begins", kTenant,
       [](Request& r) {
         r.mutable_start_time()->set_seconds(7);
         r.mutable_end_time()->set_seconds(7);
       }},
  };
  for (const Case& c : cases) {
    Request request = ListRequest(c.parent);
    c.set(request);
    EXPECT_THAT(List(request), Fails(StatusCode::kInvalidArgument, "FIELD_INVALID")) << c.description;
  }
}

TEST_F(AuditTest, WhatHappensToTenantsIsThePlatformsLog) {
  ASSERT_THAT(CreateTenant("acme"), IsOk());
  const std::vector<v1::AuditEvent> events = Events("platform");
  // Newest first. The server recorded the other two events when it initialized the store.
  ASSERT_THAT(events, SizeIs(3));
  EXPECT_TRUE(events[0].name().starts_with("platform/auditEvents/"));
  EXPECT_EQ(events[0].resource(), "tenants/acme");
  EXPECT_EQ(events[1].resource(), "tenants/default");
  EXPECT_EQ(events[1].caller_kind(), v1::CALLER_KIND_SERVER);
  EXPECT_THAT(Events("tenants/acme"), IsEmpty());
  EXPECT_TRUE(VerifyLinked("platform").valid());
}

TEST_F(AuditTest, TheChainIsLaidWithinMomentsAndOverRestarts) {
  for (int i = 0; i < 5; ++i) SetDisplayName("Name " + std::to_string(i));
  v1::VerifyAuditLogResponse report = VerifyLinked();
  EXPECT_TRUE(report.valid()) << report.problem();
  EXPECT_EQ(report.events(), 6);
  EXPECT_EQ(report.head_sha256().size(), 64u);
  const std::string head = report.head_sha256();
  SetDisplayName("Last");
  // The server links the last events before it stops.
  WhileDown([&](storage::Store& store) {
    auto snapshot = store.TakeSnapshot();
    auto checked = storage::VerifyAuditChain(**snapshot, "default", "", crypto::Sha256, [] { return true; });
    ASSERT_THAT(checked, IsOk());
    EXPECT_THAT(checked->problem, IsEmpty());
    EXPECT_EQ(checked->unlinked_events, 0);
    EXPECT_EQ(checked->events, 7);
  });
  EXPECT_TRUE(Verify(kTenant, head)->valid());
  EXPECT_FALSE(Verify(kTenant, std::string(64, 'a'))->valid());
  EXPECT_THAT(Verify(kTenant, "abc"), Fails(StatusCode::kInvalidArgument, "FIELD_INVALID"));
  EXPECT_THAT(Verify("tenants/nobody"), Fails(StatusCode::kNotFound, "TENANT_NOT_FOUND"));
}

TEST_F(AuditTest, EventsAreStreamedAsTheyAreCommitted) {
  auto before = List(ListRequest());
  ASSERT_THAT(before, IsOk());
  SetDisplayName("One");
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + server_.token());
  v1::WatchAuditEventsRequest request;
  request.set_parent(kTenant);
  request.set_cursor(before->watch_cursor());
  auto stream = server_.admin().WatchAuditEvents(&context, request);
  std::vector<std::string> told;
  v1::WatchAuditEventsResponse message;
  while (told.empty() && stream->Read(&message)) {
    for (const v1::AuditEvent& event : message.audit_events()) told.push_back(event.SerializeAsString());
  }
  SetDisplayName("Two");
  while (told.size() == 1 && stream->Read(&message)) {
    for (const v1::AuditEvent& event : message.audit_events()) told.push_back(event.SerializeAsString());
  }
  context.TryCancel();
  stream->Finish();
  const std::vector<v1::AuditEvent> events = Events();
  ASSERT_THAT(events, SizeIs(3));
  EXPECT_THAT(told, ElementsAre(events[1].SerializeAsString(), events[0].SerializeAsString()));
}

TEST_F(AuditTest, ARemovedEventIsFound) {
  for (int i = 0; i < 3; ++i) SetDisplayName("Name " + std::to_string(i));
  VerifyLinked();
  WhileDown([&](storage::Store& store) {
    auto removed = storage::RunInTransaction(store, [&](storage::Transaction& transaction) -> absl::Status {
      auto events = transaction.Scan(storage::keys::All("default", storage::keys::Kind::kAuditEvent), 0);
      if (!events.ok()) return events.status();
      transaction.Delete((*events)[2].key);
      return absl::OkStatus();
    });
    ASSERT_THAT(removed, IsOk());
  });
  auto report = Verify();
  ASSERT_THAT(report, IsOk());
  EXPECT_FALSE(report->valid());
  EXPECT_THAT(report->problem(), HasSubstr("removed"));
  EXPECT_THAT(report->audit_event(), HasSubstr("tenants/default/auditEvents/"));
}

TEST_F(AuditTest, RefusedCallsAreSampled) {
  server_.AddToken("insider", {"read:clients"}, "default");
  server_.set_token("insider");
  for (int i = 0; i < 50; ++i) {
    ASSERT_THAT(CreateTenant("x"), Fails(StatusCode::kPermissionDenied, "SCOPE_INSUFFICIENT"));
    ASSERT_THAT(List(ListRequest("tenants/other")).status().code(), StatusCode::kPermissionDenied);
  }
  server_.set_token("cimd_guessed");
  for (int i = 0; i < 50; ++i) ASSERT_THAT(CreateTenant("x").code(), StatusCode::kUnauthenticated);
  server_.Restart();
  std::string token;
  std::ifstream(server_.token_file()) >> token;
  server_.set_token(token);

  auto denied = ListRequest();
  denied.set_outcome(v1::AUDIT_OUTCOME_DENIED);
  int64_t calls = 0;
  const std::vector<v1::AuditEvent> of_tenant = ListAll(denied);
  for (const v1::AuditEvent& event : of_tenant) {
    EXPECT_EQ(event.reason(), "SCOPE_INSUFFICIENT");
    EXPECT_EQ(event.caller_display_name(), "test-token");
    calls += event.count();
  }
  EXPECT_EQ(calls, 100);
  EXPECT_LE(of_tenant.size(), 4u);
  denied.set_parent("platform");
  const std::vector<v1::AuditEvent> of_platform = ListAll(denied);
  calls = 0;
  for (const v1::AuditEvent& event : of_platform) {
    EXPECT_EQ(event.reason(), "ACCESS_TOKEN_INVALID");
    EXPECT_EQ(event.caller(), "");
    EXPECT_EQ(event.address(), "127.0.0.1");
    calls += event.count();
  }
  EXPECT_EQ(calls, 50);
  EXPECT_LE(of_platform.size(), 2u);
  EXPECT_TRUE(Verify()->valid());
}

TEST_F(AuditTest, ALogOutlivesItsTenantAndIsNotForTheNextOne) {
  ASSERT_THAT(CreateTenant("acme"), IsOk());
  v1::UpdateTenantRequest update;
  update.mutable_tenant()->set_name("tenants/acme");
  update.mutable_tenant()->set_display_name("First");
  update.mutable_update_mask()->add_paths("display_name");
  ASSERT_THAT(server_.Call(server_.admin(), &Admin::UpdateTenant, update), IsOk());
  DeleteTenant("acme");
  EXPECT_THAT(Events("tenants/acme"), SizeIs(1));
  EXPECT_TRUE(VerifyLinked("tenants/acme").valid());
  EXPECT_EQ(Events("platform").front().method(), "cimd.v1.AdminService/DeleteTenant");

  ASSERT_THAT(CreateTenant("acme"), IsOk());
  update.mutable_tenant()->set_display_name("Second");
  ASSERT_THAT(server_.Call(server_.admin(), &Admin::UpdateTenant, update), IsOk());
  const std::vector<v1::AuditEvent> both = Events("tenants/acme");
  EXPECT_THAT(both, SizeIs(2));
  EXPECT_TRUE(VerifyLinked("tenants/acme").valid());
  server_.AddToken("insider", {"*"}, "acme");
  server_.set_token("insider");
  EXPECT_THAT(Events("tenants/acme"), ElementsAre(Property(&v1::AuditEvent::name, both[0].name())));
  v1::GetAuditEventRequest get;
  get.set_name(both[1].name());
  EXPECT_THAT(server_.Call(server_.admin(), &Admin::GetAuditEvent, get),
              Fails(StatusCode::kNotFound, "AUDIT_EVENT_NOT_FOUND"));
  EXPECT_THAT(List(ListRequest("platform")).status().code(), StatusCode::kPermissionDenied);
  EXPECT_THAT(List(ListRequest("tenants/default")).status().code(), StatusCode::kPermissionDenied);
}

}  // namespace
}  // namespace cimd
