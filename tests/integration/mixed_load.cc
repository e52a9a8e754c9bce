#include "tests/integration/mixed_load.h"

#include <algorithm>
#include <random>
#include <string>
#include <utility>

#include "client/pagination.h"
#include "client/status.h"
#include "gtest/gtest.h"
#include "tests/integration/documents.h"
#include "tests/testing/eventually.h"

namespace cimd::testing {
namespace {

using client::Admin;
using client::Connections;
using client::Grants;
using client::Registration;

constexpr char kTenant[] = "tenants/default";
// Number of resources of each kind that a writer has at a time.
constexpr size_t kFew = 4;

std::string ClientThing(const std::string& url) { return "client " + url; }
std::string BlockThing(const std::string& url) { return "block " + url; }
std::string ApiThing(const std::string& identifier) { return "api " + identifier; }
std::string LoginThing(const std::string& name) { return "connection " + name; }
std::string TenantThing(const std::string& id) { return "tenant " + id; }
std::string GrantThing(const std::string& url, const std::string& api) { return "grant " + url + " " + api; }
std::string EnabledThing(const std::string& login, const std::string& url) { return "enabled " + login + " " + url; }

// One writer and the names of the resources that it has created.
class Writer {
 public:
  Writer(Ledger& ledger, const client::Connection& connection, std::string name, uint64_t seed)
      : ledger_(ledger), connection_(connection), name_(std::move(name)), random_(seed) {}

  // Makes one call and returns its error.
  absl::Status Step() {
    switch (random_() % 16) {
      case 0:
      case 1:
      case 2:
        return clients_.size() < kFew ? Register() : DeleteClient();
      case 3:
      case 4:
      case 5:
        return clients_.empty() ? Register() : Update();
      case 6:
        return clients_.empty() ? Register() : BlockOrUnblock();
      case 7:
        return apis_.size() < kFew ? CreateApi() : DeleteApi();
      case 8:
      case 9:
      case 10:
        return clients_.empty() || apis_.empty() ? CreateApi() : Grant();
      case 11:
        return grants_.empty() ? CreateApi() : DeleteGrant();
      case 12:
        return logins_.size() < kFew ? CreateLogin() : DeleteLogin();
      case 13:
      case 14:
        return clients_.empty() || logins_.empty() ? CreateLogin() : EnableOrDisable();
      default:
        return CreateOrDeleteTenant();
    }
  }

 private:
  using Names = std::map<std::string, std::string>;

  std::string NewId() { return name_ + "-" + std::to_string(++made_); }

  const Names::value_type& Pick(const Names& names) {
    return *std::next(names.begin(), static_cast<int>(random_() % names.size()));
  }

  // Makes the call. Records the changes as acknowledged if it succeeds.
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(const Ledger::Changes& changes,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                                const Request& request) {
    const Ledger::Promises asked = ledger_.Ask(changes);
    absl::StatusOr<Response> response = connection_.Call(method, request);
    if (response.ok()) ledger_.Acknowledge(asked);
    return response;
  }

  absl::Status Register() {
    const std::string url = "https://client.example.net/" + NewId();
    v1::RegisterClientRequest request;
    request.set_parent(kTenant);
    request.set_external_client_id(url);
    request.set_document(GoodDocument(url));
    auto response = Call({{ClientThing(url), ""}}, &Registration::RegisterClient, request);
    if (response.ok()) clients_[url] = response->client().name();
    return response.status();
  }

  absl::Status Update() {
    const auto& [url, name] = Pick(clients_);
    v1::UpdateClientRequest request;
    request.mutable_client()->set_name(name);
    request.mutable_client()->mutable_metadata()->set_description(NewId());
    request.mutable_update_mask()->add_paths("metadata.description");
    return Call({{ClientThing(url), request.client().metadata().description()}}, &Registration::UpdateClient, request)
        .status();
  }

  absl::Status DeleteClient() {
    const auto [url, name] = Pick(clients_);
    Ledger::Changes changes = {{ClientThing(url), std::nullopt}};
    for (const auto& [grant, parts] : grants_) {
      if (parts.url == url) changes.emplace_back(grant, std::nullopt);
    }
    for (const auto& [login, ignored] : logins_) changes.emplace_back(EnabledThing(login, url), std::nullopt);
    v1::DeleteClientRequest request;
    request.set_name(name);
    request.set_force(true);
    absl::Status status = Call(changes, &Registration::DeleteClient, request).status();
    if (!status.ok()) return status;
    clients_.erase(url);
    std::erase_if(grants_, [&url](const auto& grant) { return grant.second.url == url; });
    return status;
  }

  absl::Status BlockOrUnblock() {
    const auto& [url, name] = Pick(clients_);
    if (blocked_.erase(url) > 0) {
      v1::UnblockClientRequest request;
      request.set_parent(kTenant);
      request.set_external_client_id(url);
      return Call({{BlockThing(url), std::nullopt}}, &Registration::UnblockClient, request).status();
    }
    v1::BlockClientRequest request;
    request.set_parent(kTenant);
    request.set_external_client_id(url);
    request.set_reason(NewId());
    blocked_[url] = name;
    return Call({{BlockThing(url), request.reason()}}, &Registration::BlockClient, request).status();
  }

  absl::Status CreateApi() {
    if (apis_.size() >= kFew) return DeleteApi();
    const std::string identifier = "https://api.example.net/" + NewId();
    v1::CreateResourceServerRequest request;
    request.set_parent(kTenant);
    request.mutable_resource_server()->set_identifier(identifier);
    for (const char* scope : {"read", "write"}) request.mutable_resource_server()->add_scopes()->set_value(scope);
    auto response = Call({{ApiThing(identifier), ""}}, &Grants::CreateResourceServer, request);
    if (response.ok()) apis_[identifier] = response->name();
    return response.status();
  }

  absl::Status DeleteApi() {
    const auto [identifier, name] = Pick(apis_);
    Ledger::Changes changes = {{ApiThing(identifier), std::nullopt}};
    for (const auto& [grant, parts] : grants_) {
      if (parts.api == identifier) changes.emplace_back(grant, std::nullopt);
    }
    v1::DeleteResourceServerRequest request;
    request.set_name(name);
    request.set_force(true);
    absl::Status status = Call(changes, &Grants::DeleteResourceServer, request).status();
    if (!status.ok()) return status;
    apis_.erase(identifier);
    std::erase_if(grants_, [&identifier](const auto& grant) { return grant.second.api == identifier; });
    return status;
  }

  // Creates the grant or changes its scopes.
  absl::Status Grant() {
    const auto& [url, client] = Pick(clients_);
    const auto& [api, ignored] = Pick(apis_);
    const std::string thing = GrantThing(url, api);
    const std::string scope = random_() % 2 == 0 ? "read" : "write";
    if (auto found = grants_.find(thing); found != grants_.end()) {
      v1::UpdateClientGrantRequest request;
      request.mutable_client_grant()->set_name(found->second.name);
      request.mutable_client_grant()->add_scopes(scope);
      request.mutable_update_mask()->add_paths("scopes");
      return Call({{thing, scope}}, &Grants::UpdateClientGrant, request).status();
    }
    v1::CreateClientGrantRequest request;
    request.set_parent(kTenant);
    request.mutable_client_grant()->set_client(client);
    request.mutable_client_grant()->set_audience(api);
    request.mutable_client_grant()->set_subject_type(v1::SUBJECT_TYPE_USER);
    request.mutable_client_grant()->add_scopes(scope);
    auto response = Call({{thing, scope}}, &Grants::CreateClientGrant, request);
    if (response.ok()) grants_[thing] = {.name = response->name(), .url = url, .api = api};
    return response.status();
  }

  absl::Status DeleteGrant() {
    const auto grant = std::next(grants_.begin(), static_cast<int>(random_() % grants_.size()));
    v1::DeleteClientGrantRequest request;
    request.set_name(grant->second.name);
    absl::Status status = Call({{grant->first, std::nullopt}}, &Grants::DeleteClientGrant, request).status();
    if (status.ok()) grants_.erase(grant);
    return status;
  }

  absl::Status CreateLogin() {
    if (logins_.size() >= kFew) return DeleteLogin();
    const std::string login = NewId();
    v1::CreateConnectionRequest request;
    request.set_parent(kTenant);
    request.mutable_connection()->set_connection_name(login);
    request.mutable_connection()->set_strategy("auth0");
    request.mutable_connection()->set_is_domain_connection(random_() % 2 == 0);
    auto response = Call({{LoginThing(login), ""}}, &Connections::CreateConnection, request);
    if (response.ok()) logins_[login] = response->name();
    return response.status();
  }

  absl::Status DeleteLogin() {
    const auto [login, name] = Pick(logins_);
    Ledger::Changes changes = {{LoginThing(login), std::nullopt}};
    for (const auto& [url, ignored] : clients_) changes.emplace_back(EnabledThing(login, url), std::nullopt);
    v1::DeleteConnectionRequest request;
    request.set_name(name);
    request.set_force(true);
    absl::Status status = Call(changes, &Connections::DeleteConnection, request).status();
    if (status.ok()) logins_.erase(login);
    return status;
  }

  absl::Status EnableOrDisable() {
    const auto& [login, name] = Pick(logins_);
    const auto& [url, client] = Pick(clients_);
    v1::UpdateConnectionClientsRequest request;
    request.set_name(name);
    request.add_changes()->set_client(client);
    const bool enabled = random_() % 3 != 0;
    request.mutable_changes(0)->set_enabled(enabled);
    return Call({{EnabledThing(login, url), enabled ? Ledger::State("on") : std::nullopt}},
                &Connections::UpdateConnectionClients, request)
        .status();
  }

  // The tenant has a client, so that its deletion takes more than one commit.
  absl::Status CreateOrDeleteTenant() {
    if (tenant_.empty()) {
      const std::string id = "t" + NewId();
      v1::CreateTenantRequest request;
      request.set_tenant_id(id);
      request.mutable_tenant()->set_client_id_metadata_document_supported(true);
      absl::Status created = Call({{TenantThing(id), ""}}, &Admin::CreateTenant, request).status();
      if (!created.ok()) return created;
      tenant_ = id;
      v1::RegisterClientRequest client;
      client.set_parent("tenants/" + id);
      client.set_external_client_id("https://client.example.net/");
      client.set_document(GoodDocument(client.external_client_id()));
      return connection_.Call(&Registration::RegisterClient, client).status();
    }
    v1::DeleteTenantRequest request;
    request.set_name("tenants/" + tenant_);
    request.set_force(true);
    absl::Status status = Call({{TenantThing(tenant_), std::nullopt}}, &Admin::DeleteTenant, request).status();
    if (status.ok()) tenant_.clear();
    return status;
  }

  struct GrantParts {
    std::string name;
    std::string url;
    std::string api;
  };

  Ledger& ledger_;
  const client::Connection& connection_;
  const std::string name_;
  std::mt19937_64 random_;
  int made_ = 0;
  // Maps a resource's key in the ledger to its resource name.
  Names clients_;
  Names blocked_;
  Names apis_;
  Names logins_;
  std::map<std::string, GrantParts> grants_;
  std::string tenant_;
};

std::string ToText(const Ledger::State& state) { return state.has_value() ? "'" + *state + "'" : "none"; }

}  // namespace

Ledger::Promises Ledger::Ask(const Changes& changes) {
  std::lock_guard lock(mutex_);
  Promises asked;
  for (const auto& [name, state] : changes) {
    Thing& thing = things_[name];
    thing.states.push_back(state);
    asked[name] = thing.states.size() - 1;
  }
  return asked;
}

void Ledger::Acknowledge(const Promises& asked) {
  std::lock_guard lock(mutex_);
  for (const auto& [name, state] : asked) things_.at(name).acknowledged = state;
}

Ledger::Promises Ledger::promises() const {
  std::lock_guard lock(mutex_);
  Promises promises;
  for (const auto& [name, thing] : things_) promises[name] = thing.acknowledged;
  return promises;
}

void Ledger::Compare(const std::map<std::string, std::string>& shown, const Promises& promises) const {
  std::lock_guard lock(mutex_);
  for (const auto& [name, state] : shown) EXPECT_TRUE(things_.contains(name)) << "nobody asked for " << name;
  for (const auto& [name, thing] : things_) {
    const auto promised = promises.find(name);
    const size_t first = promised == promises.end() ? 0 : promised->second;
    const auto found = shown.find(name);
    const State state = found == shown.end() ? std::nullopt : State(found->second);
    EXPECT_NE(std::find(thing.states.begin() + static_cast<int64_t>(first), thing.states.end(), state),
              thing.states.end())
        << name << ": promised was " << ToText(thing.states[first]) << ", there is " << ToText(state);
  }
}

void Ledger::Settle(const std::map<std::string, std::string>& shown) {
  std::lock_guard lock(mutex_);
  things_.clear();
  for (const auto& [name, state] : shown) things_[name].states = {state};
}

MixedLoad::MixedLoad(Ledger& ledger, const client::Connection& connection, const std::string& name, int writers,
                     uint64_t seed)
    : connection_(connection), running_(writers) {
  for (int i = 0; i < writers; ++i) {
    writers_.emplace_back([this, &ledger, name, i, seed] {
      Writer writer(ledger, connection_, name + "-" + std::to_string(i), seed + static_cast<uint64_t>(i));
      while (!stopping_) {
        if (absl::Status status = writer.Step(); !status.ok()) {
          std::lock_guard lock(mutex_);
          errors_.push_back(status);
          break;
        }
        ++acknowledged_;
      }
      --running_;
    });
  }
}

MixedLoad::~MixedLoad() { Stop(); }

void MixedLoad::AwaitAcknowledged(int64_t calls) const {
  EXPECT_TRUE(testing::Eventually([&] { return acknowledged_ >= calls || running_ == 0; },
                                  "the calls are acknowledged, or the load has ended"));
}

std::vector<absl::Status> MixedLoad::Stop() {
  stopping_ = true;
  for (std::thread& writer : writers_) {
    if (writer.joinable()) writer.join();
  }
  return errors_;
}

std::map<std::string, std::string> Show(const client::Connection& connection) {
  std::map<std::string, std::string> shown;
  std::map<std::string, std::string> urls;
  v1::ListClientsRequest clients;
  clients.set_parent(kTenant);
  for (const absl::StatusOr<v1::Client>& client : client::ListClients(connection, clients)) {
    EXPECT_TRUE(client.ok()) << client.status();
    if (!client.ok()) break;
    const std::string& url = client->metadata().external_client_id();
    urls[client->name()] = url;
    shown[ClientThing(url)] = client->metadata().description();
  }
  v1::ListClientBlocksRequest blocks;
  blocks.set_parent(kTenant);
  for (const absl::StatusOr<v1::ClientBlock>& block : client::ListClientBlocks(connection, blocks)) {
    EXPECT_TRUE(block.ok()) << block.status();
    if (!block.ok()) break;
    shown[BlockThing(block->external_client_id())] = block->reason();
  }
  v1::ListResourceServersRequest apis;
  apis.set_parent(kTenant);
  for (const absl::StatusOr<v1::ResourceServer>& api : client::ListResourceServers(connection, apis)) {
    EXPECT_TRUE(api.ok()) << api.status();
    if (!api.ok()) break;
    shown[ApiThing(api->identifier())] = "";
  }
  v1::ListClientGrantsRequest grants;
  grants.set_parent(kTenant);
  for (const absl::StatusOr<v1::ClientGrant>& grant : client::ListClientGrants(connection, grants)) {
    EXPECT_TRUE(grant.ok()) << grant.status();
    if (!grant.ok()) break;
    // The grants of a deleted client or API are listed until the purge removes them.
    if (!urls.contains(grant->client()) || !shown.contains(ApiThing(grant->audience()))) continue;
    shown[GrantThing(urls[grant->client()], grant->audience())] = grant->scopes(0);
  }
  v1::ListConnectionsRequest logins;
  logins.set_parent(kTenant);
  for (const absl::StatusOr<v1::Connection>& login : client::ListConnections(connection, logins)) {
    EXPECT_TRUE(login.ok()) << login.status();
    if (!login.ok()) break;
    shown[LoginThing(login->connection_name())] = "";
    v1::ListConnectionClientsRequest enabled;
    enabled.set_parent(login->name());
    for (const absl::StatusOr<std::string>& client : client::ListConnectionClients(connection, enabled)) {
      EXPECT_TRUE(client.ok()) << client.status();
      if (!client.ok()) break;
      if (urls.contains(*client)) shown[EnabledThing(login->connection_name(), urls[*client])] = "on";
    }
  }
  for (const absl::StatusOr<v1::Tenant>& tenant : client::ListTenants(connection, v1::ListTenantsRequest())) {
    EXPECT_TRUE(tenant.ok()) << tenant.status();
    if (!tenant.ok()) break;
    const std::string id = tenant->name().substr(tenant->name().find('/') + 1);
    if (id != "default" && tenant->state() == v1::TENANT_STATE_ACTIVE) shown[TenantThing(id)] = "";
  }
  return shown;
}

void ExpectStoreAgrees(const client::Connection& connection) {
  auto checked = connection.Call(&Admin::CheckStore, v1::CheckStoreRequest());
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_GT(checked->records(), 0);
  for (const v1::StoreProblem& problem : checked->problems()) {
    ADD_FAILURE() << problem.parent() << " " << problem.record() << ": " << problem.problem();
  }
}

}  // namespace cimd::testing
