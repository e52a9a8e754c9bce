// Change streams over gRPC.

#include <fstream>
#include <limits>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "cimd/storage/records.pb.h"
#include "client/cli/command_line.h"
#include "client/stream_reader.h"
#include "client/watched.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/rpc/watch_cursor.h"
#include "tests/integration/documents.h"
#include "tests/testing/adjustable_clock.h"
#include "tests/testing/error_matchers.h"
#include "tests/testing/test_server.h"

namespace cimd {
namespace {

using absl::StatusCode;
using ::cimd::testing::Fails;
using ::cimd::testing::IsOk;
using client::Admin;
using client::Connections;
using client::Grants;
using client::Registration;
using client::StreamReader;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kWatchedTenant[] = "tenants/default";
constexpr char kUrl[] = "https://client.example.net/a";
constexpr absl::Duration kPatience = absl::Seconds(60);

template <typename Watched>
class Stream {
 public:
  Stream(const client::Connection& connection, const std::string& cursor = "",
         const std::string& parent = kWatchedTenant)
      : reader_(connection, Request(parent, cursor)) {}

  auto Next() { return reader_.Next(kPatience); }

  // Returns the next message that contains a change.
  absl::StatusOr<typename Watched::WatchResponse> NextChange() {
    while (true) {
      auto next = Next();
      if (!next.ok() || !next->changes().empty()) return next;
    }
  }

  absl::Status End() {
    while (true) {
      if (auto next = Next(); !next.ok()) return next.status();
    }
  }

 private:
  static typename Watched::WatchRequest Request(const std::string& parent, const std::string& cursor) {
    typename Watched::WatchRequest request;
    request.set_parent(parent);
    request.set_cursor(cursor);
    return request;
  }

  StreamReader<Watched> reader_;
};

class WatchTest : public ::testing::Test {
 protected:
  static ServerOptions Roomy() {
    ServerOptions options;
    options.max_watch_streams = 1500;
    options.max_watch_streams_per_caller = 1400;
    options.max_watch_streams_per_tenant = 1450;
    return options;
  }

  std::unique_ptr<client::Connection> Connect(const std::string& token = "") {
    client::ConnectionOptions options;
    options.address = server_.address();
    options.access_token = token.empty() ? server_.token() : token;
    auto connection = client::Connection::Create(std::move(options));
    EXPECT_THAT(connection, IsOk());
    return *std::move(connection);
  }

  absl::StatusOr<v1::RegisterClientResponse> Register(const std::string& url = kUrl,
                                                      const std::string& name = "A Client") {
    v1::RegisterClientRequest request;
    request.set_parent(kWatchedTenant);
    request.set_external_client_id(url);
    request.set_document(testing::GoodDocument(url, name));
    return server_.Call(server_.registration(), &Registration::RegisterClient, request);
  }

  std::string ClientsCursor() {
    v1::ListClientsRequest request;
    request.set_parent(kWatchedTenant);
    auto listed = server_.Call(server_.registration(), &Registration::ListClients, request);
    EXPECT_THAT(listed, IsOk());
    return listed.ok() ? listed->watch_cursor() : "";
  }

  testing::AdjustableClock clock_;
  testing::TestServer server_{{}, &clock_, {}, Roomy()};
};

TEST_F(WatchTest, SendsChangesAfterTheList) {
  auto registered = Register();
  ASSERT_THAT(registered, IsOk());
  const std::string cursor = ClientsCursor();
  const auto connection = Connect();
  Stream<client::WatchedClients> stream(*connection, cursor);

  v1::BlockClientRequest block;
  block.set_parent(kWatchedTenant);
  block.set_external_client_id(kUrl);
  block.set_reason("seen elsewhere");
  ASSERT_THAT(server_.Call(server_.registration(), &Registration::BlockClient, block), IsOk());
  v1::GetClientRequest get;
  get.set_name(registered->client().name());
  auto blocked = server_.Call(server_.registration(), &Registration::GetClient, get);
  ASSERT_THAT(blocked, IsOk());
  auto first = stream.NextChange();
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(first->changes(), SizeIs(1));
  EXPECT_EQ(first->changes(0).external_client_id(), kUrl);
  EXPECT_EQ(first->changes(0).client().SerializeAsString(), blocked->SerializeAsString());

  v1::DeleteClientRequest deletion;
  deletion.set_name(get.name());
  ASSERT_THAT(server_.Call(server_.registration(), &Registration::DeleteClient, deletion), IsOk());
  auto second = stream.NextChange();
  ASSERT_THAT(second, IsOk());
  ASSERT_THAT(second->changes(), SizeIs(1));
  EXPECT_EQ(second->changes(0).external_client_id(), kUrl);
  EXPECT_FALSE(second->changes(0).has_client());

  // A cursor resumes after the message that contained it, also after a restart.
  server_.Restart();
  const auto reconnected = Connect();
  Stream<client::WatchedClients> resumed(*reconnected, first->cursor());
  auto again = resumed.NextChange();
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->SerializeAsString(), second->SerializeAsString());
}

TEST_F(WatchTest, SendsNamesOfGrantsThatAreDeletedInTheBackground) {
  auto registered = Register();
  ASSERT_THAT(registered, IsOk());
  v1::CreateResourceServerRequest api;
  api.set_parent(kWatchedTenant);
  api.mutable_resource_server()->set_identifier("https://api.example.net/");
  ASSERT_THAT(server_.Call(server_.grants(), &Grants::CreateResourceServer, api), IsOk());
  const auto connection = Connect();
  Stream<client::WatchedClientGrants> stream(*connection);
  ASSERT_THAT(stream.Next(), IsOk());

  v1::CreateClientGrantRequest grant;
  grant.set_parent(kWatchedTenant);
  grant.mutable_client_grant()->set_client(registered->client().name());
  grant.mutable_client_grant()->set_audience("https://api.example.net/");
  grant.mutable_client_grant()->set_subject_type(v1::SUBJECT_TYPE_USER);
  auto granted = server_.Call(server_.grants(), &Grants::CreateClientGrant, grant);
  ASSERT_THAT(granted, IsOk());
  auto first = stream.NextChange();
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(first->changes(), SizeIs(1));
  EXPECT_EQ(first->changes(0).client_grant().SerializeAsString(), granted->SerializeAsString());

  v1::DeleteClientRequest deletion;
  deletion.set_name(registered->client().name());
  deletion.set_force(true);
  ASSERT_THAT(server_.Call(server_.registration(), &Registration::DeleteClient, deletion), IsOk());
  auto second = stream.NextChange();
  ASSERT_THAT(second, IsOk());
  ASSERT_THAT(second->changes(), SizeIs(1));
  EXPECT_EQ(second->changes(0).name(), granted->name());
  EXPECT_FALSE(second->changes(0).has_client_grant());
}

TEST_F(WatchTest, OptionsOfConnectionsAreForThoseWhoMayReadThem) {
  server_.AddToken("may-read", {"read:connections"}, "");
  const auto all = Connect();
  const auto some = Connect("may-read");
  Stream<client::WatchedConnections> with_options(*all);
  Stream<client::WatchedConnections> without_options(*some);
  ASSERT_THAT(with_options.Next(), IsOk());
  ASSERT_THAT(without_options.Next(), IsOk());
  v1::CreateConnectionRequest request;
  request.set_parent(kWatchedTenant);
  request.mutable_connection()->set_connection_name("users");
  request.mutable_connection()->set_strategy("auth0");
  (*request.mutable_connection()->mutable_options()->mutable_fields())["client_secret"].set_string_value("s3cret");
  ASSERT_THAT(server_.Call(server_.connections(), &Connections::CreateConnection, request), IsOk());
  auto whole = with_options.NextChange();
  ASSERT_THAT(whole, IsOk());
  EXPECT_TRUE(whole->changes(0).connection().has_options());
  auto part = without_options.NextChange();
  ASSERT_THAT(part, IsOk());
  EXPECT_EQ(part->changes(0).connection().connection_name(), "users");
  EXPECT_FALSE(part->changes(0).connection().has_options());
}

TEST_F(WatchTest, RefusesForbiddenAndMissingTenants) {
  server_.AddToken("of-another", {"*"}, "other");
  server_.AddToken("may-not", {"read:connections"}, "");
  const auto connection = Connect();
  EXPECT_THAT(Stream<client::WatchedClients>(*connection, "", "tenants/nosuch").Next(),
              Fails(StatusCode::kNotFound, "TENANT_NOT_FOUND"));
  EXPECT_THAT(Stream<client::WatchedClients>(*connection, "", "default").Next(),
              Fails(StatusCode::kInvalidArgument, "RESOURCE_NAME_INVALID"));
  EXPECT_THAT(Stream<client::WatchedClients>(*connection, "garbage").Next(),
              Fails(StatusCode::kInvalidArgument, "CURSOR_INVALID"));
  EXPECT_THAT(Stream<client::WatchedClientGrants>(*connection, ClientsCursor()).Next(),
              Fails(StatusCode::kInvalidArgument, "CURSOR_INVALID"));
  EXPECT_THAT(Stream<client::WatchedClients>(*Connect("no-such-token")).Next(),
              Fails(StatusCode::kUnauthenticated, "ACCESS_TOKEN_INVALID"));
  EXPECT_THAT(Stream<client::WatchedClients>(*Connect("may-not")).Next(),
              Fails(StatusCode::kPermissionDenied, "SCOPE_INSUFFICIENT"));
  EXPECT_THAT(Stream<client::WatchedClients>(*Connect("of-another")).Next(),
              Fails(StatusCode::kPermissionDenied, "TENANT_FORBIDDEN"));
}

TEST_F(WatchTest, EndsWhenTheTenantIsDeleted) {
  v1::CreateTenantRequest create;
  create.set_tenant_id("shortlived");
  ASSERT_THAT(server_.Call(server_.admin(), &Admin::CreateTenant, create), IsOk());
  const auto connection = Connect();
  Stream<client::WatchedClients> stream(*connection, "", "tenants/shortlived");
  ASSERT_THAT(stream.Next(), IsOk());
  v1::DeleteTenantRequest request;
  request.set_name("tenants/shortlived");
  ASSERT_THAT(server_.Call(server_.admin(), &Admin::DeleteTenant, request), IsOk());
  const std::string reason = client::ReasonOf(stream.End());
  EXPECT_TRUE(reason == "TENANT_BEING_DELETED" || reason == "TENANT_NOT_FOUND") << reason;
}

TEST_F(WatchTest, SendsNothingOfAnEarlierTenantWithTheSameId) {
  v1::CreateTenantRequest create;
  create.set_tenant_id("reused");
  create.mutable_tenant()->set_client_id_metadata_document_supported(true);
  ASSERT_THAT(server_.Call(server_.admin(), &Admin::CreateTenant, create), IsOk());
  v1::RegisterClientRequest registration;
  registration.set_parent("tenants/reused");
  registration.set_external_client_id(kUrl);
  registration.set_document(testing::GoodDocument(kUrl));
  ASSERT_THAT(server_.Call(server_.registration(), &Registration::RegisterClient, registration), IsOk());
  v1::DeleteTenantRequest deletion;
  deletion.set_name("tenants/reused");
  deletion.set_force(true);
  ASSERT_THAT(server_.Call(server_.admin(), &Admin::DeleteTenant, deletion), IsOk());
  const absl::Time deadline = absl::Now() + kPatience;
  while (!server_.Call(server_.admin(), &Admin::CreateTenant, create).ok()) ASSERT_LT(absl::Now(), deadline);
  const auto connection = Connect();
  const auto cursor = [](int64_t revision) {
    return rpc::MakeWatchCursor(storage::ClientRecord().GetTypeName(), "reused", revision);
  };
  EXPECT_THAT(Stream<client::WatchedClients>(*connection, cursor(0), "tenants/reused").Next(),
              Fails(StatusCode::kOutOfRange, "CURSOR_EXPIRED"));
  EXPECT_THAT(
      Stream<client::WatchedClients>(*connection, cursor(std::numeric_limits<int64_t>::max()), "tenants/reused").Next(),
      Fails(StatusCode::kInvalidArgument, "CURSOR_INVALID"));
  EXPECT_THAT(Stream<client::WatchedClients>(*connection, "", "tenants/reused").Next(), IsOk());
}

std::string RunCimdctl(const testing::TestServer& server, std::vector<const char*> arguments) {
  const std::string address = server.address();
  const std::string token_file = server.token_file();
  arguments.insert(arguments.begin(), {"cimdctl", "--server", address.c_str(), "--token_file", token_file.c_str()});
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  const cli::Console console{.in = in, .out = out, .err = err};
  EXPECT_EQ(cli::RunCommandLine(static_cast<int>(arguments.size()), arguments.data(), console), 0) << err.str();
  return out.str();
}

TEST_F(WatchTest, CimdctlPrintsALineForEachChange) {
  auto registered = Register();
  ASSERT_THAT(registered, IsOk());
  const std::string& name = registered->client().name();
  EXPECT_EQ(RunCimdctl(server_, {"clients", "watch", "--all", "--changes", "1"}),
            std::string("exists   ") + kUrl + "  " + name.substr(name.rfind('/') + 1) + " ACTIVE A Client\n");
  const std::string json = RunCimdctl(server_, {"-o", "json", "clients", "watch", "--all", "--changes", "1"});
  EXPECT_THAT(json, ::testing::StartsWith(std::string(R"({"external_client_id":")") + kUrl));
  EXPECT_EQ(json.find('\n'), json.size() - 1);
}

TEST_F(WatchTest, EndsWhenTheCallersTokenIsRevoked) {
  v1::CreateAccessTokenRequest create;
  create.set_parent(kWatchedTenant);
  create.mutable_access_token()->set_display_name("an authorization server");
  create.mutable_access_token()->add_scopes("read:clients");
  auto created = server_.Call(server_.admin(), &Admin::CreateAccessToken, create);
  ASSERT_THAT(created, IsOk());
  const auto connection = Connect(created->token());
  const auto other_connection = Connect();
  Stream<client::WatchedClients> stream(*connection);
  Stream<client::WatchedClients> other(*other_connection);
  ASSERT_THAT(stream.Next(), IsOk());
  ASSERT_THAT(other.Next(), IsOk());

  v1::RevokeAccessTokenRequest revoke;
  revoke.set_name(created->access_token().name());
  ASSERT_THAT(server_.Call(server_.admin(), &Admin::RevokeAccessToken, revoke), IsOk());
  EXPECT_THAT(stream.End(), Fails(StatusCode::kUnauthenticated, "ACCESS_TOKEN_INVALID"));
  ASSERT_THAT(Register(), IsOk());
  EXPECT_THAT(other.NextChange(), IsOk()) << "the streams of other callers go on";
}

TEST_F(WatchTest, EndsWhenTheCallersTokenExpires) {
  server_.AddToken("for-an-hour", {"read:clients"}, "default", clock_.Now() + absl::Hours(1));
  const auto connection = Connect("for-an-hour");
  Stream<client::WatchedClients> stream(*connection);
  ASSERT_THAT(stream.Next(), IsOk());
  clock_.Advance(absl::Minutes(59));
  ASSERT_THAT(stream.Next(), IsOk()) << "a checkpoint is due, and the token stands";
  clock_.Advance(absl::Minutes(2));
  EXPECT_THAT(stream.End(), Fails(StatusCode::kUnauthenticated, "ACCESS_TOKEN_INVALID"));
}

// The largest document that is permitted, so that changes are large.
v1::RegisterClientRequest LargeRegistration(const std::string& url) {
  std::vector<std::string> redirect_uris;
  for (int i = 0; i < 20; ++i) {
    redirect_uris.push_back("https://client.example.net/" + std::string(150, 'x') + std::to_string(i));
  }
  v1::RegisterClientRequest request;
  request.set_parent(kWatchedTenant);
  request.set_external_client_id(url);
  request.set_document(testing::GoodDocument(url, "A Client", redirect_uris));
  return request;
}

// A channel whose flow-control window stays at the initial size of HTTP/2.
std::shared_ptr<grpc::Channel> ReluctantChannel(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

TEST(WatchLimitsTest, StalledReaderIsCutOff) {
  ServerOptions options;
  options.max_watch_streams_per_caller = 1;
  testing::AdjustableClock clock;
  testing::TestServer server({}, &clock, {}, options);
  client::ConnectionOptions connection_options{.address = server.address(), .access_token = server.token()};
  auto connection = client::Connection::Create(std::move(connection_options));
  ASSERT_THAT(connection, IsOk());
  const auto stub = v1::RegistrationService::NewStub(ReluctantChannel(server.address()));
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + server.token());
  v1::WatchClientsRequest watch;
  watch.set_parent(kWatchedTenant);
  const auto stalled = stub->WatchClients(&context, watch);
  v1::WatchClientsResponse message;
  ASSERT_TRUE(stalled->Read(&message));
  EXPECT_THAT(Stream<client::WatchedClients>(**connection).Next(),
              Fails(StatusCode::kResourceExhausted, "TOO_MANY_STREAMS"));

  // More than the transport and the server's queue can hold.
  for (int i = 0; i < 1300; ++i) {
    ASSERT_THAT(
        server.Call(server.registration(), &Registration::RegisterClient, LargeRegistration(kUrl + std::to_string(i))),
        IsOk());
  }
  const absl::Time deadline = absl::Now() + kPatience;
  while (!Stream<client::WatchedClients>(**connection).Next().ok()) {
    ASSERT_LT(absl::Now(), deadline) << "it holds its place although it reads nothing";
    clock.Advance(absl::Seconds(16));
  }
  while (stalled->Read(&message)) {
  }
  EXPECT_FALSE(stalled->Finish().ok());
}

TEST(WatchLimitsTest, StreamsAreLimitedForEachTenant) {
  ServerOptions options;
  options.max_watch_streams_per_tenant = 2;
  testing::TestServer server({}, nullptr, {}, options);
  v1::CreateTenantRequest create;
  create.set_tenant_id("other");
  create.mutable_tenant()->set_display_name("Other");
  ASSERT_THAT(server.Call(server.admin(), &v1::AdminService::Stub::CreateTenant, create), IsOk());
  for (const char* token : {"first", "second", "third"}) server.AddToken(token, {"read:clients"}, "default");
  const auto connect = [&](const std::string& token) {
    auto connection = client::Connection::Create({.address = server.address(), .access_token = token});
    EXPECT_THAT(connection, IsOk());
    return *std::move(connection);
  };
  const auto first = connect("first"), second = connect("second"), third = connect("third");
  Stream<client::WatchedClients> one(*first);
  ASSERT_THAT(one.Next(), IsOk());
  {
    Stream<client::WatchedClients> two(*second);
    ASSERT_THAT(two.Next(), IsOk());
    EXPECT_THAT(Stream<client::WatchedClients>(*third).Next(),
                Fails(StatusCode::kResourceExhausted, "TOO_MANY_STREAMS"));
    EXPECT_THAT(Stream<client::WatchedClients>(*connect(server.token()), "", "tenants/other").Next(), IsOk());
  }
  const absl::Time deadline = absl::Now() + kPatience;
  while (!Stream<client::WatchedClients>(*third).Next().ok()) ASSERT_LT(absl::Now(), deadline);
}

TEST_F(WatchTest, SlowReaderGetsManyCommitsInAMessage) {
  const auto channel = ReluctantChannel(server_.address());
  const auto registration = v1::RegistrationService::NewStub(channel);
  const auto admin = v1::AdminService::NewStub(channel);
  grpc::ClientContext contexts[2];
  for (grpc::ClientContext& context : contexts) context.AddMetadata("authorization", "Bearer " + server_.token());
  v1::WatchClientsRequest watch_clients;
  watch_clients.set_parent(kWatchedTenant);
  const auto clients = registration->WatchClients(&contexts[0], watch_clients);
  v1::WatchAuditEventsRequest watch_events;
  watch_events.set_parent(kWatchedTenant);
  const auto events = admin->WatchAuditEvents(&contexts[1], watch_events);
  v1::WatchClientsResponse changed;
  v1::WatchAuditEventsResponse happened;
  ASSERT_TRUE(clients->Read(&changed));
  ASSERT_TRUE(events->Read(&happened));
  const std::string begin = changed.cursor();

  // Many times what the flow-control window permits.
  constexpr size_t kClients = 120;
  std::vector<std::string> registered;
  for (size_t i = 0; i < kClients; ++i) {
    auto response = server_.Call(server_.registration(), &Registration::RegisterClient,
                                 LargeRegistration(kUrl + std::to_string(i)));
    ASSERT_THAT(response, IsOk());
    registered.push_back(response->client().name());
  }
  std::vector<std::string> told;
  size_t messages = 0;
  for (; told.size() < kClients && clients->Read(&changed); ++messages) {
    EXPECT_LT(changed.ByteSizeLong(), 128u << 10);
    for (const v1::ClientChange& change : changed.changes()) told.push_back(change.client().name());
  }
  EXPECT_EQ(told, registered);
  EXPECT_LT(messages, kClients);
  told.clear();
  while (told.size() < kClients && events->Read(&happened)) {
    for (const v1::AuditEvent& event : happened.audit_events()) told.push_back(event.resource());
  }
  EXPECT_EQ(told, registered);

  // The cursor is after all changes in its message.
  ASSERT_THAT(Register("https://client.example.net/one-more"), IsOk());
  const auto connection = Connect();
  auto next = Stream<client::WatchedClients>(*connection, changed.cursor()).NextChange();
  ASSERT_THAT(next, IsOk());
  ASSERT_THAT(next->changes(), SizeIs(1));
  EXPECT_EQ(next->changes(0).external_client_id(), "https://client.example.net/one-more");
  // A stream that starts in the past must catch up in the same way.
  Stream<client::WatchedClients> from_the_past(*connection, begin);
  told.clear();
  for (messages = 0; told.size() < kClients; ++messages) {
    auto past = from_the_past.NextChange();
    ASSERT_THAT(past, IsOk());
    for (const v1::ClientChange& change : past->changes()) told.push_back(change.client().name());
  }
  told.resize(kClients);
  EXPECT_EQ(told, registered);
  EXPECT_LT(messages, kClients / 4);
}

TEST_F(WatchTest, DrainingEndsStreams) {
  const auto connection = Connect();
  Stream<client::WatchedClients> stream(*connection);
  ASSERT_THAT(stream.Next(), IsOk());
  server_.Stop();
  EXPECT_THAT(stream.End(), Fails(StatusCode::kUnavailable, "SHUTTING_DOWN"));
}

int ThreadsOfThisProcess() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    int threads = 0;
    if (word == "Threads:" && status >> threads) return threads;
  }
  return 0;
}

TEST_F(WatchTest, ManyIdleStreamsCostNoThreads) {
  constexpr size_t kStreams = 1400;
  const auto connection = Connect();
  std::vector<std::unique_ptr<Stream<client::WatchedClients>>> streams;
  streams.push_back(std::make_unique<Stream<client::WatchedClients>>(*connection));
  ASSERT_THAT(streams.back()->Next(), IsOk());
  const int before = ThreadsOfThisProcess();
  ASSERT_GT(before, 0);
  while (streams.size() < kStreams) streams.push_back(std::make_unique<Stream<client::WatchedClients>>(*connection));
  for (size_t i = 1; i < kStreams; ++i) ASSERT_THAT(streams[i]->Next(), IsOk());
  EXPECT_LE(ThreadsOfThisProcess(), before + 32) << "gRPC's own threads may come and go";

  // This caller has reached its limit of streams. Another caller has not.
  EXPECT_THAT(Stream<client::WatchedClients>(*connection).Next(),
              Fails(StatusCode::kResourceExhausted, "TOO_MANY_STREAMS"));
  ASSERT_THAT(Register(), IsOk());
  for (auto& stream : streams) {
    auto change = stream->NextChange();
    ASSERT_THAT(change, IsOk());
    ASSERT_EQ(change->changes(0).external_client_id(), kUrl);
  }
  // Streams that end make room.
  streams.clear();
  const absl::Time deadline = absl::Now() + kPatience;
  while (!Stream<client::WatchedClients>(*connection).Next().ok()) ASSERT_LT(absl::Now(), deadline);
}

}  // namespace
}  // namespace cimd
