#include "client/connection.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "client/status.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "grpcpp/security/server_credentials.h"
#include "gtest/gtest.h"
#include "server/errors/errors.h"
#include "tests/client/fake_control_plane.h"
#include "tests/testing/eventually.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"
#include "tests/testing/tls_test_certificates.h"

namespace cimd::client {
namespace {

using cimd::testing::FakeControlPlane;
using cimd::testing::StatusIs;
using cimd::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

// Retries without a noticeable wait.
constexpr RetryPolicy kEager{.max_attempts = 4, .initial_backoff = absl::Microseconds(1)};

std::unique_ptr<Connection> Connect(const FakeControlPlane& server, ConnectionOptions options = {.retry = kEager}) {
  options.address = server.address();
  return *Connection::Create(std::move(options));
}

v1::GetClientRequest GetClient(const std::string& name) {
  v1::GetClientRequest request;
  request.set_name(name);
  return request;
}

// Fails each method `failures` times, then answers it.
class FailingAtFirst {
 public:
  FailingAtFirst(int failures, absl::Status status) : failures_(failures), status_(std::move(status)) {}

  absl::StatusOr<v1::Client> operator()(const v1::GetClientRequest&) { return Next<v1::Client>(); }
  absl::StatusOr<v1::DeleteClientResponse> operator()(const v1::DeleteClientRequest&) {
    return Next<v1::DeleteClientResponse>();
  }

 private:
  template <typename Response>
  absl::StatusOr<Response> Next() {
    if (failures_-- > 0) return status_;
    return Response();
  }

  int failures_;
  absl::Status status_;
};

TEST(ConnectionTest, CallsAnyService) {
  FakeControlPlane server;
  server.On([](const v1::GetClientRequest& request) -> absl::StatusOr<v1::Client> {
    v1::Client client;
    client.set_name(request.name());
    return client;
  });
  server.On([](const v1::GetServerMetadataRequest&) -> absl::StatusOr<v1::ServerMetadata> {
    return absl::StatusOr<v1::ServerMetadata>(v1::ServerMetadata());
  });
  server.On([](const v1::GetTenantRequest&) -> absl::StatusOr<v1::Tenant> { return v1::Tenant(); });
  auto connection = Connect(server);
  CIMD_ASSERT_OK_AND_ASSIGN(v1::Client client, connection->Call(&Registration::GetClient, GetClient("tenants/a")));
  EXPECT_EQ(client.name(), "tenants/a");
  CIMD_EXPECT_OK(connection->Call(&Metadata::GetServerMetadata, v1::GetServerMetadataRequest()));
  CIMD_EXPECT_OK(connection->Call(&Admin::GetTenant, v1::GetTenantRequest()));
}

TEST(ConnectionTest, SendsTheAccessToken) {
  FakeControlPlane server;
  auto ignored = Connect(server, {.access_token = "s3cret"})->Call(&Registration::GetClient, GetClient("a"));
  ignored = Connect(server)->Call(&Registration::GetClient, GetClient("a"));
  EXPECT_THAT(server.authorizations(), ElementsAre("Bearer s3cret", ""));
}

TEST(ConnectionTest, AsksTheTokenSourceForEachCall) {
  FakeControlPlane server;
  TempDir dir;
  const std::string path = dir.path() + "/token";
  std::ofstream(path) << "first\n";
  auto connection = Connect(server, {.token_source = TokenFromFile(path)});
  auto ignored = connection->Call(&Registration::GetClient, GetClient("a"));
  std::ofstream(path) << "second";
  ignored = connection->Call(&Registration::GetClient, GetClient("a"));
  std::filesystem::remove(path);
  ignored = connection->Call(&Registration::GetClient, GetClient("a"));
  EXPECT_THAT(server.authorizations(), ElementsAre("Bearer first", "Bearer second", "Bearer second"));
}

TEST(ConnectionTest, ReportsATokenSourceThatFails) {
  FakeControlPlane server;
  EXPECT_THAT(Connect(server, {.token_source = TokenFromFile("/nonexistent/token")})
                  ->Call(&Registration::GetClient, GetClient("a")),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Connect(server, {.token_source = [] { return std::string("two\nlines"); }})
                  ->Call(&Registration::GetClient, GetClient("a")),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(server.authorizations(), IsEmpty());
  EXPECT_THAT(Connection::Create({.access_token = "a", .token_source = TokenFromFile("b")}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ConnectionTest, RepeatsACallWithARenewedToken) {
  FakeControlPlane server;
  server.On(
      [](const v1::GetClientRequest&) -> absl::StatusOr<v1::Client> { return rpc::errors::AccessTokenInvalid(); });
  std::atomic<int> asked = 0;
  // The source always returns a new token, but a call renews a refused token only once.
  auto connection = Connect(server, {.token_source = [&] { return "token-" + std::to_string(++asked); }});
  EXPECT_THAT(connection->Call(&Registration::GetClient, GetClient("a")), StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(server.authorizations(), SizeIs(2));
  auto fixed = Connect(server, {.token_source = [] { return std::string("same"); }});
  EXPECT_THAT(fixed->Call(&Registration::GetClient, GetClient("a")), StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(server.authorizations(), SizeIs(3)) << "the same token is refused again";
}

TEST(ConnectionTest, TakesADeadlineAndATraceForACall) {
  FakeControlPlane server;
  server.On([](const v1::GetClientRequest&) -> absl::StatusOr<v1::Client> { return v1::Client(); });
  auto connection = Connect(server);
  EXPECT_THAT(connection->Call(&Registration::GetClient, GetClient("a"), {.deadline = absl::Now() - absl::Seconds(1)}),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  constexpr char kTrace[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  CIMD_EXPECT_OK(connection->Call(&Registration::GetClient, GetClient("a"), {.traceparent = kTrace}));
  EXPECT_THAT(server.traceparents(), ElementsAre(kTrace));
  EXPECT_THAT(connection->Call(&Registration::GetClient, GetClient("a"), {.traceparent = "a\nb"}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ConnectionTest, KeepsTheDetailsOfErrors) {
  FakeControlPlane server;
  server.On([](const v1::GetClientRequest& request) -> absl::StatusOr<v1::Client> {
    return rpc::errors::ClientNotFound(request.name());
  });
  auto client = Connect(server)->Call(&Registration::GetClient, GetClient("tenants/a/clients/b"));
  EXPECT_THAT(client, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(ReasonOf(client.status()), "CLIENT_NOT_FOUND");
}

TEST(ConnectionTest, TriesAgainWhileThereIsHope) {
  FakeControlPlane server;
  server.On([answer = FailingAtFirst(3, rpc::errors::ShuttingDown())](const v1::GetClientRequest& request) mutable {
    return answer(request);
  });
  CIMD_EXPECT_OK(Connect(server)->Call(&Registration::GetClient, GetClient("a")));
  EXPECT_THAT(server.Received<v1::GetClientRequest>(), SizeIs(4));
}

TEST(ConnectionTest, ReportsTheLastFailure) {
  FakeControlPlane server;
  server.On([answer = FailingAtFirst(4, rpc::errors::ShuttingDown())](const v1::GetClientRequest& request) mutable {
    return answer(request);
  });
  auto client = Connect(server)->Call(&Registration::GetClient, GetClient("a"));
  EXPECT_EQ(ReasonOf(client.status()), "SHUTTING_DOWN");
  EXPECT_THAT(server.Received<v1::GetClientRequest>(), SizeIs(4));
}

TEST(ConnectionTest, DoesNotRepeatWhatCannotSucceed) {
  FakeControlPlane server;
  server.On([answer = FailingAtFirst(1, rpc::errors::CimdDisabled("a"))](const v1::GetClientRequest& request) mutable {
    return answer(request);
  });
  EXPECT_THAT(Connect(server)->Call(&Registration::GetClient, GetClient("a")),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(server.Received<v1::GetClientRequest>(), SizeIs(1));
}

TEST(ConnectionTest, WaitsAsLongAsTheServerAsks) {
  FakeControlPlane server;
  server.On([answer = FailingAtFirst(1, rpc::errors::Overloaded(absl::Milliseconds(30)))](
                const v1::GetClientRequest& request) mutable { return answer(request); });
  const absl::Time start = absl::Now();
  CIMD_EXPECT_OK(Connect(server)->Call(&Registration::GetClient, GetClient("a")));
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(30));
}

TEST(ConnectionTest, DoesNotWaitPastItsDeadline) {
  FakeControlPlane server;
  server.On([answer = FailingAtFirst(1, rpc::errors::Overloaded(absl::Hours(1)))](
                const v1::GetClientRequest& request) mutable { return answer(request); });
  auto client = Connect(server)->Call(&Registration::GetClient, GetClient("a"));
  EXPECT_EQ(ReasonOf(client.status()), "OVERLOADED");
  EXPECT_THAT(server.Received<v1::GetClientRequest>(), SizeIs(1));
}

TEST(ConnectionTest, EndsACallAtItsDeadline) {
  FakeControlPlane server;
  auto release = std::make_shared<absl::Notification>();
  server.On([release](const v1::GetClientRequest&) -> absl::StatusOr<v1::Client> {
    release->WaitForNotification();
    return v1::Client();
  });
  auto connection = Connect(server, {.timeout = absl::Milliseconds(50)});
  EXPECT_THAT(connection->Call(&Registration::GetClient, GetClient("a")),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  release->Notify();
}

TEST(ConnectionTest, GivesMutationsARequestIdThatAttemptsShare) {
  FakeControlPlane server;
  server.On([answer = FailingAtFirst(2, rpc::errors::ShuttingDown())](const v1::DeleteClientRequest& request) mutable {
    return answer(request);
  });
  auto connection = Connect(server);
  CIMD_ASSERT_OK(connection->Call(&Registration::DeleteClient, v1::DeleteClientRequest()));
  CIMD_ASSERT_OK(connection->Call(&Registration::DeleteClient, v1::DeleteClientRequest()));
  const auto received = server.Received<v1::DeleteClientRequest>();
  ASSERT_THAT(received, SizeIs(4));
  EXPECT_THAT(received[0].request_id(),
              MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_EQ(received[1].request_id(), received[0].request_id());
  EXPECT_EQ(received[2].request_id(), received[0].request_id());
  EXPECT_NE(received[3].request_id(), received[0].request_id());
}

TEST(ConnectionTest, KeepsTheRequestIdOfTheCaller) {
  FakeControlPlane server;
  v1::DeleteClientRequest request;
  request.set_request_id("0f9ff1dc-5a0f-4b2f-9d5e-2f6f5f3c8c11");
  auto ignored = Connect(server)->Call(&Registration::DeleteClient, request);
  ASSERT_THAT(server.Received<v1::DeleteClientRequest>(), SizeIs(1));
  EXPECT_EQ(server.Received<v1::DeleteClientRequest>()[0].request_id(), request.request_id());
}

// Request IDs make every call safe to retry.
TEST(ConnectionTest, EveryMutationOfTheApiTakesARequestId) {
  int methods = 0;
  for (const auto* file : {v1::GetTenantRequest::descriptor()->file(), v1::GetConnectionRequest::descriptor()->file(),
                           v1::GetClientGrantRequest::descriptor()->file(),
                           v1::GetDocumentRequest::descriptor()->file(), v1::GetClientRequest::descriptor()->file()}) {
    for (int i = 0; i < file->service(0)->method_count(); ++i) {
      const auto* method = file->service(0)->method(i);
      // Exceptions: reads; VerifyClientAssertion, which refuses repetitions; CreateAccessToken, whose answer is a
      // secret that is not stored; and CreateBackup, which never makes two backups with the same ID.
      bool without = false;
      for (const char* name : {"Get", "List", "Lookup", "Preview", "Authorize", "BatchAuthorize", "Watch", "Verify",
                               "CheckStore", "CreateAccessToken", "CreateBackup"}) {
        without |= method->name().starts_with(name);
      }
      EXPECT_EQ(method->input_type()->FindFieldByName("request_id") == nullptr, without) << method->full_name();
      ++methods;
    }
  }
  EXPECT_GE(methods, 45);
}

TEST(ConnectionTest, TakesAnswersOfManyMegabytes) {
  FakeControlPlane server;
  server.On([](const v1::ListClientsRequest&) -> absl::StatusOr<v1::ListClientsResponse> {
    v1::ListClientsResponse response;
    for (int i = 0; i < 1000; ++i) response.add_clients()->set_block_reason(std::string(10000, 'x'));
    return response;
  });
  CIMD_ASSERT_OK_AND_ASSIGN(v1::ListClientsResponse response,
                            Connect(server)->Call(&Registration::ListClients, v1::ListClientsRequest()));
  EXPECT_EQ(response.clients_size(), 1000);
}

TEST(ConnectionTest, TellsThatNobodyAnswers) {
  std::string address;
  {
    FakeControlPlane server;
    address = server.address();
  }
  CIMD_ASSERT_OK_AND_ASSIGN(auto connection, Connection::Create({.address = address, .retry = kEager}));
  EXPECT_THAT(connection->Call(&Registration::GetClient, GetClient("a")), StatusIs(absl::StatusCode::kUnavailable));
}

TEST(ConnectionOptionsTest, RefusesWhatCannotWork) {
  struct Case {
    ConnectionOptions options;
    absl::StatusCode code;
    const char* message;
  };
  const Case kCases[] = {
      {{.address = ""}, absl::StatusCode::kInvalidArgument, "address"},
      {{.access_token = "two words"}, absl::StatusCode::kInvalidArgument, "access token"},
      {{.access_token = "line\nbreak"}, absl::StatusCode::kInvalidArgument, "access token"},
      {{.access_token = "nul\x01"}, absl::StatusCode::kInvalidArgument, "access token"},
      {{.access_token = "\xc3\xa4"}, absl::StatusCode::kInvalidArgument, "access token"},
      {{.ca_file = "/nonexistent/ca.pem"}, absl::StatusCode::kNotFound, "/nonexistent/ca.pem"},
      {{.ca_file = "/"}, absl::StatusCode::kNotFound, "cannot read /"},
      {{.ca_file = "/x", .certificate_file = "/y"}, absl::StatusCode::kInvalidArgument, "need each other"},
      {{.ca_file = "/x", .key_file = "/y"}, absl::StatusCode::kInvalidArgument, "need each other"},
      {{.certificate_file = "/x", .key_file = "/y"}, absl::StatusCode::kInvalidArgument, "need ca_file"},
  };
  for (const Case& test : kCases) {
    EXPECT_THAT(Connection::Create(test.options).status(), StatusIs(test.code, HasSubstr(test.message)));
  }
}

class TlsTest : public ::testing::Test {
 protected:
  // Writes a PEM file. Returns its path.
  std::string File(const std::string& name, const std::string& pem) {
    const std::string path = dir_.path() + "/" + name;
    std::ofstream(path) << pem;
    return path;
  }

  std::shared_ptr<grpc::ServerCredentials> Credentials(grpc_ssl_client_certificate_request_type request) {
    const auto certificate = authority_.Issue({.hosts = {"localhost"}});
    grpc::SslServerCredentialsOptions options(request);
    options.pem_root_certs = authority_.certificate_pem();
    options.pem_key_cert_pairs.push_back({certificate.private_key_pem, certificate.certificate_pem});
    return grpc::SslServerCredentials(options);
  }

  // Calls the server by the host name in its certificate.
  absl::Status Call(const FakeControlPlane& server, ConnectionOptions options) {
    options.address = "localhost" + server.address().substr(server.address().find(':'));
    options.retry = kEager;
    auto connection = Connection::Create(options);
    if (!connection.ok()) return connection.status();
    return (*connection)->Call(&Admin::GetTenant, v1::GetTenantRequest()).status();
  }

  void Serve(FakeControlPlane& server) {
    server.On([](const v1::GetTenantRequest&) -> absl::StatusOr<v1::Tenant> { return v1::Tenant(); });
  }

  TempDir dir_;
  cimd::testing::TestCertificateAuthority authority_;
};

TEST_F(TlsTest, TrustsOnlyTheGivenAuthority) {
  FakeControlPlane server(Credentials(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE));
  Serve(server);
  CIMD_EXPECT_OK(Call(server, {.ca_file = File("ca.pem", authority_.certificate_pem())}));
  const cimd::testing::TestCertificateAuthority stranger;
  EXPECT_THAT(Call(server, {.ca_file = File("other.pem", stranger.certificate_pem())}),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(Call(server, {}), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(TlsTest, ShowsItsOwnCertificate) {
  FakeControlPlane server(Credentials(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY));
  Serve(server);
  const std::string ca_file = File("ca.pem", authority_.certificate_pem());
  const auto own = authority_.Issue({.hosts = {"operator.example.net"}});
  CIMD_EXPECT_OK(Call(server, {.ca_file = ca_file,
                               .certificate_file = File("own.pem", own.certificate_pem),
                               .key_file = File("own.key", own.private_key_pem)}));
  EXPECT_THAT(Call(server, {.ca_file = ca_file}), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(TlsTest, ReadsItsFilesAgain) {
  FakeControlPlane server(Credentials(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE));
  Serve(server);
  const cimd::testing::TestCertificateAuthority former;
  ConnectionOptions options{.ca_file = File("ca.pem", former.certificate_pem()),
                            .certificate_refresh = absl::Seconds(1)};
  options.address = "localhost" + server.address().substr(server.address().find(':'));
  CIMD_ASSERT_OK_AND_ASSIGN(auto connection, Connection::Create(options));
  const auto call = [&] { return connection->Call(&Admin::GetTenant, v1::GetTenantRequest()).status(); };
  EXPECT_THAT(call(), StatusIs(absl::StatusCode::kUnavailable)) << "another authority than the server's";
  File("ca.pem", authority_.certificate_pem());
  EXPECT_TRUE(cimd::testing::Eventually([&] { return call().ok(); }, "the new authority is trusted"));
}

}  // namespace
}  // namespace cimd::client
