// A client mirror must follow the server's state through all kinds of interruption.

#include "client/mirror.h"

#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/backup/restore.h"
#include "tests/integration/documents.h"
#include "tests/testing/error_matchers.h"
#include "tests/testing/tcp_proxy.h"
#include "tests/testing/temp_dir.h"
#include "tests/testing/test_server.h"

namespace cimd {
namespace {

using ::cimd::testing::Fails;
using ::cimd::testing::IsOk;
using client::Admin;
using client::Connections;
using client::Grants;
using client::Registration;
using ::testing::ElementsAre;

constexpr char kTenant[] = "tenants/default";
constexpr absl::Duration kLongTime = absl::Seconds(60);

// A mirror, and the state that the callbacks described.
template <typename Watched>
class Mirrored {
 public:
  using Item = typename Watched::Item;

  explicit Mirrored(const client::Connection& connection, const std::string& parent = kTenant)
      : mirror(connection, parent, [this](const auto& changes) {
          absl::MutexLock lock(&mutex_);
          ++calls_;
          for (const auto& change : changes) {
            if (change.item.has_value()) {
              told_[change.key] = change.item->SerializeAsString();
            } else {
              EXPECT_EQ(told_.erase(change.key), 1u) << "what was never there is not gone: " << change.key;
            }
          }
        }) {}

  // Waits until both the mirror and the callbacks' state equal the result of `list`.
  template <typename List>
  void ExpectToBecome(List list) {
    const absl::Time deadline = absl::Now() + kLongTime;
    while (true) {
      int calls = 0;
      {
        absl::MutexLock lock(&mutex_);
        calls = calls_;
      }
      const std::map<std::string, std::string> listed = list();
      std::map<std::string, std::string> mirrored;
      for (const auto& item : mirror.All()) mirrored[Watched::KeyOf(*item)] = item->SerializeAsString();
      absl::MutexLock lock(&mutex_);
      if (mirrored == listed && told_ == listed) return;
      ASSERT_LT(absl::Now(), deadline) << "mirrored " << mirrored.size() << ", told " << told_.size() << ", listed "
                                       << listed.size();
      const auto is_told_more = [&] { return calls_ != calls; };
      mutex_.AwaitWithTimeout(absl::Condition(&is_told_more), absl::Milliseconds(100));
    }
  }

 private:
  absl::Mutex mutex_;
  int calls_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, std::string> told_ ABSL_GUARDED_BY(mutex_);

 public:
  // The last member, so that its thread ends before the other members are destroyed.
  client::Mirror<Watched> mirror;
};

class MirrorTest : public ::testing::Test {
 protected:
  MirrorTest() : proxy_(server_.address()) { connection_ = Connect(server_.token()); }

  std::unique_ptr<client::Connection> Connect(const std::string& token) {
    client::ConnectionOptions options;
    options.address = proxy_.address();
    options.access_token = token;
    options.retry.initial_backoff = absl::Milliseconds(5);
    options.retry.max_backoff = absl::Milliseconds(100);
    auto connection = client::Connection::Create(std::move(options));
    EXPECT_THAT(connection, IsOk());
    return *std::move(connection);
  }

  template <typename Watched>
  std::map<std::string, std::string> ListAll() {
    std::map<std::string, std::string> items;
    typename Watched::ListRequest request;
    request.set_parent(kTenant);
    request.set_page_size(1000);
    auto page = server_.Call(Stub<typename Watched::Stub>(), Watched::kList, request);
    EXPECT_THAT(page, IsOk());
    if (!page.ok()) return items;
    EXPECT_EQ(page->next_page_token(), "");
    for (const auto& item : *Watched::ItemsOf(*page)) items[Watched::KeyOf(item)] = item.SerializeAsString();
    return items;
  }

  template <typename T>
  T& Stub() {
    if constexpr (std::is_same_v<T, Registration>) {
      return server_.registration();
    } else if constexpr (std::is_same_v<T, Grants>) {
      return server_.grants();
    } else {
      return server_.connections();
    }
  }

  absl::StatusOr<v1::RegisterClientResponse> Register(const std::string& url, const std::string& name = "A Client") {
    v1::RegisterClientRequest request;
    request.set_parent(kTenant);
    request.set_external_client_id(url);
    request.set_document(testing::GoodDocument(url, name));
    return server_.Call(server_.registration(), &Registration::RegisterClient, request);
  }

  // Makes one random call, which may fail.
  void DoSomething(std::minstd_rand& random) {
    const std::string url = "https://client.example.net/" + std::to_string(random() % 30);
    const std::string api = "https://api.example.net/" + std::to_string(random() % 5);
    const std::string connection_name = "login-" + std::to_string(random() % 10);
    v1::LookupClientRequest lookup;
    lookup.set_parent(kTenant);
    lookup.set_external_client_id(url);
    auto client = server_.Call(server_.registration(), &Registration::LookupClient, lookup);
    switch (random() % 12) {
      case 0:
      case 1:
      case 2:
        (void)Register(url, "Client " + std::to_string(random() % 1000));
        break;
      case 3: {
        if (!client.ok()) break;
        v1::DeleteClientRequest request;
        request.set_name(client->name());
        request.set_force(true);
        EXPECT_THAT(server_.Call(server_.registration(), &Registration::DeleteClient, request), IsOk());
        break;
      }
      case 4: {
        if (!client.ok()) break;
        v1::UpdateClientRequest request;
        request.mutable_client()->set_name(client->name());
        request.mutable_client()->mutable_metadata()->set_description(std::to_string(random()));
        request.mutable_update_mask()->add_paths("metadata.description");
        EXPECT_THAT(server_.Call(server_.registration(), &Registration::UpdateClient, request), IsOk());
        break;
      }
      case 5: {
        v1::BlockClientRequest request;
        request.set_parent(kTenant);
        request.set_external_client_id(url);
        EXPECT_THAT(server_.Call(server_.registration(), &Registration::BlockClient, request), IsOk());
        break;
      }
      case 6: {
        v1::UnblockClientRequest request;
        request.set_parent(kTenant);
        request.set_external_client_id(url);
        (void)server_.Call(server_.registration(), &Registration::UnblockClient, request);
        break;
      }
      case 7: {
        v1::CreateResourceServerRequest request;
        request.set_parent(kTenant);
        request.mutable_resource_server()->set_identifier(api);
        auto created = server_.Call(server_.grants(), &Grants::CreateResourceServer, request);
        if (created.ok()) apis_[api] = created->name();
        break;
      }
      case 8: {
        v1::CreateClientGrantRequest request;
        request.set_parent(kTenant);
        if (client.ok()) {
          request.mutable_client_grant()->set_client(client->name());
        } else {
          request.mutable_client_grant()->set_default_for(v1::DEFAULT_FOR_THIRD_PARTY_CLIENTS);
        }
        request.mutable_client_grant()->set_audience(api);
        request.mutable_client_grant()->set_subject_type(v1::SUBJECT_TYPE_USER);
        request.mutable_client_grant()->set_allow_all_scopes(true);
        auto created = server_.Call(server_.grants(), &Grants::CreateClientGrant, request);
        if (created.ok()) grants_.push_back(created->name());
        break;
      }
      case 9: {
        if (grants_.empty()) break;
        v1::DeleteClientGrantRequest request;
        request.set_name(grants_[random() % grants_.size()]);
        (void)server_.Call(server_.grants(), &Grants::DeleteClientGrant, request);
        break;
      }
      case 10: {
        v1::CreateConnectionRequest request;
        request.set_parent(kTenant);
        request.mutable_connection()->set_connection_name(connection_name);
        request.mutable_connection()->set_strategy("auth0");
        auto created = server_.Call(server_.connections(), &Connections::CreateConnection, request);
        if (created.ok()) logins_.push_back(created->name());
        break;
      }
      default: {
        if (random() % 4 == 0 && apis_.contains(api)) {
          v1::DeleteResourceServerRequest request;
          request.set_name(apis_[api]);
          request.set_force(true);
          (void)server_.Call(server_.grants(), &Grants::DeleteResourceServer, request);
        } else if (!logins_.empty()) {
          v1::DeleteConnectionRequest request;
          request.set_name(logins_[random() % logins_.size()]);
          request.set_force(true);
          (void)server_.Call(server_.connections(), &Connections::DeleteConnection, request);
        }
      }
    }
  }

  ServerOptions WithBackups() const {
    ServerOptions options;
    options.backup_dir = backups_.path();
    return options;
  }

  testing::TempDir backups_;
  testing::TestServer server_{{}, nullptr, {}, WithBackups()};
  testing::TcpProxy proxy_;
  std::unique_ptr<client::Connection> connection_;
  std::map<std::string, std::string> apis_;
  std::vector<std::string> grants_;
  std::vector<std::string> logins_;
};

TEST_F(MirrorTest, EqualsTheStoreAfterRandomWritesDisconnectsAndRestarts) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::minstd_rand random(seed);
  for (int i = 0; i < 50; ++i) DoSomething(random);
  Mirrored<client::WatchedClients> clients(*connection_);
  Mirrored<client::WatchedClientGrants> grants(*connection_);
  Mirrored<client::WatchedConnections> connections(*connection_);
  const auto expect_equality = [&] {
    clients.ExpectToBecome([this] { return ListAll<client::WatchedClients>(); });
    grants.ExpectToBecome([this] { return ListAll<client::WatchedClientGrants>(); });
    connections.ExpectToBecome([this] { return ListAll<client::WatchedConnections>(); });
  };
  expect_equality();
  const int64_t before = clients.mirror.revision();
  for (int round = 0; round < 6 && !HasFatalFailure(); ++round) {
    for (int i = 0; i < 60; ++i) {
      DoSomething(random);
      if (random() % 20 == 0) proxy_.Cut();
    }
    if (round % 3 == 2) {
      server_.Restart();
      proxy_.SetTarget(server_.address());
    }
    for (int i = 0; i < 20; ++i) DoSomething(random);
    expect_equality();
  }
  EXPECT_GT(clients.mirror.revision(), before);
  EXPECT_THAT(clients.mirror.status(), IsOk());
}

TEST_F(MirrorTest, FollowsSeveralChangesOfOneThingThatComeInOneMessage) {
  constexpr char kUrl[] = "https://client.example.net/a";
  absl::Mutex mutex;
  // The changes of the client, one element for each callback.
  std::vector<std::vector<std::string>> steps;
  client::Mirror<client::WatchedClients> clients(*connection_, kTenant, [&](const auto& changes) {
    std::vector<std::string> names;
    for (const auto& change : changes) names.push_back(change.item ? change.item->metadata().client_name() : "gone");
    absl::MutexLock lock(&mutex);
    steps.push_back(std::move(names));
  });
  ASSERT_TRUE(clients.WaitUntilComplete(kLongTime));
  proxy_.SetTarget("127.0.0.1:1");
  proxy_.Cut();
  ASSERT_THAT(Register(kUrl, "First"), IsOk());
  auto second = Register(kUrl, "Second");
  ASSERT_THAT(second, IsOk());
  v1::DeleteClientRequest deletion;
  deletion.set_name(second->client().name());
  ASSERT_THAT(server_.Call(server_.registration(), &Registration::DeleteClient, deletion), IsOk());
  ASSERT_THAT(Register(kUrl, "Third"), IsOk());
  proxy_.SetTarget(server_.address());

  absl::MutexLock lock(&mutex);
  const auto is_told = [&steps] { return !steps.empty(); };
  ASSERT_TRUE(mutex.AwaitWithTimeout(absl::Condition(&is_told), kLongTime));
  EXPECT_THAT(steps, ElementsAre(ElementsAre("First", "Second", "gone", "Third")));
  ASSERT_NE(clients.Find(kUrl), nullptr);
  EXPECT_EQ(clients.Find(kUrl)->metadata().client_name(), "Third");
}

TEST_F(MirrorTest, FollowsAServerThatWasPutBackToABackup) {
  const auto list = [this] { return ListAll<client::WatchedClients>(); };
  ASSERT_THAT(Register("https://client.example.net/kept"), IsOk());
  v1::CreateBackupRequest request;
  request.set_backup_id("first");
  ASSERT_THAT(server_.Call(server_.admin(), &Admin::CreateBackup, request), IsOk());
  Mirrored<client::WatchedClients> clients(*connection_);
  ASSERT_TRUE(clients.mirror.WaitUntilComplete(kLongTime));
  ASSERT_THAT(Register("https://client.example.net/lost"), IsOk());
  ASSERT_THAT(Register("https://client.example.net/kept", "Another Name"), IsOk());
  clients.ExpectToBecome(list);

  // The mirror's cursor refers to a revision that the restored server does not have.
  server_.Stop();
  proxy_.Cut();
  std::filesystem::rename(server_.data_dir(), server_.data_dir() + "-before");
  ASSERT_THAT(backup::RestoreBackup(backups_ / "first", server_.data_dir()), IsOk());
  server_.Restart();
  proxy_.SetTarget(server_.address());
  clients.ExpectToBecome(list);
  EXPECT_EQ(clients.mirror.Find("https://client.example.net/lost"), nullptr);
  ASSERT_NE(clients.mirror.Find("https://client.example.net/kept"), nullptr);
  EXPECT_EQ(clients.mirror.Find("https://client.example.net/kept")->metadata().client_name(), "A Client");
  ASSERT_THAT(Register("https://client.example.net/new"), IsOk());
  clients.ExpectToBecome(list);
}

TEST_F(MirrorTest, FindsWhatIsThereAndSaysHowOldItIs) {
  Mirrored<client::WatchedClients> clients(*connection_);
  ASSERT_TRUE(clients.mirror.WaitUntilComplete(kLongTime));
  const absl::Time first = clients.mirror.current_as_of();
  EXPECT_EQ(clients.mirror.Find("https://client.example.net/a"), nullptr);
  auto registered = Register("https://client.example.net/a");
  ASSERT_THAT(registered, IsOk());
  clients.ExpectToBecome([this] { return ListAll<client::WatchedClients>(); });
  auto found = clients.mirror.Find("https://client.example.net/a");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->etag(), registered->client().etag());
  EXPECT_GT(clients.mirror.current_as_of(), first);
}

TEST_F(MirrorTest, IsEmptyWhenTheTenantIsDeleted) {
  v1::CreateTenantRequest create;
  create.set_tenant_id("shortlived");
  create.mutable_tenant()->set_client_id_metadata_document_supported(true);
  ASSERT_THAT(server_.Call(server_.admin(), &Admin::CreateTenant, create), IsOk());
  v1::RegisterClientRequest registration;
  registration.set_parent("tenants/shortlived");
  registration.set_external_client_id("https://client.example.net/a");
  registration.set_document(testing::GoodDocument("https://client.example.net/a"));
  ASSERT_THAT(server_.Call(server_.registration(), &Registration::RegisterClient, registration), IsOk());
  Mirrored<client::WatchedClients> clients(*connection_, "tenants/shortlived");
  ASSERT_TRUE(clients.mirror.WaitUntilComplete(kLongTime));
  EXPECT_NE(clients.mirror.Find("https://client.example.net/a"), nullptr);
  v1::DeleteTenantRequest request;
  request.set_name("tenants/shortlived");
  request.set_force(true);
  ASSERT_THAT(server_.Call(server_.admin(), &Admin::DeleteTenant, request), IsOk());
  clients.ExpectToBecome([] { return std::map<std::string, std::string>(); });
}

TEST_F(MirrorTest, ACallerWhoMayNotIsToldSo) {
  const auto nobody = Connect("no-such-token");
  client::Mirror<client::WatchedClients> clients(*nobody, kTenant);
  EXPECT_FALSE(clients.WaitUntilComplete(kLongTime));
  EXPECT_THAT(clients.status(), Fails(absl::StatusCode::kUnauthenticated, "ACCESS_TOKEN_INVALID"));
}

}  // namespace
}  // namespace cimd
