#ifndef CIMD_TESTS_SERVER_SERVICES_SERVICE_WORLD_H_
#define CIMD_TESTS_SERVER_SERVICES_SERVICE_WORLD_H_

#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "server/assertions/assertion_verifier.h"
#include "server/assertions/key_refresher.h"
#include "server/fetch/fetcher.h"
#include "server/metadata/key_set_resolver.h"
#include "server/metadata/metadata_resolver.h"
#include "server/services/admin/access_tokens.h"
#include "server/services/admin/admin_service.h"
#include "server/services/admin/audit_events.h"
#include "server/services/connections_service.h"
#include "server/services/grants/client_grants.h"
#include "server/services/grants/decisions.h"
#include "server/services/grants/resource_servers.h"
#include "server/services/metadata_service.h"
#include "server/services/registration_service.h"
#include "server/watch/change_hub.h"
#include "storage/audit/audit_log.h"
#include "storage/rocksdb/rocksdb_store.h"
#include "storage/used_assertions.h"
#include "tests/testing/adjustable_clock.h"
#include "tests/testing/temp_dir.h"

namespace cimd::testing {

// Serves the documents that a test adds. Other URLs get a 404. Thread-safe.
class ScriptedFetcher final : public fetch::Fetcher {
 public:
  fetch::FetchResult Fetch(const fetch::FetchRequest& request) override {
    const absl::MutexLock lock(&mutex_);
    ++fetches_;
    if (before_answer_) before_answer_();
    fetch::FetchResult result;
    const auto found = bodies_.find(request.url);
    result.failed = found == bodies_.end();
    if (result.failed) {
      result.failure.set_reason(v1::FETCH_FAILURE_REASON_REFUSED);
      result.failure.set_message("the host answered 404");
      return result;
    }
    result.document.body = found->second;
    result.document.fresh_for = absl::Minutes(10);
    return result;
  }
  void Serve(const std::string& url, const std::string& body) {
    const absl::MutexLock lock(&mutex_);
    bodies_[url] = body;
  }
  void Remove(const std::string& url) {
    const absl::MutexLock lock(&mutex_);
    bodies_.erase(url);
  }
  // Every fetch calls `action` before it returns its result, to simulate a concurrent change.
  void BeforeAnswer(std::function<void()> action) {
    const absl::MutexLock lock(&mutex_);
    before_answer_ = std::move(action);
  }
  int fetches() const {
    const absl::MutexLock lock(&mutex_);
    return fetches_;
  }

 private:
  mutable absl::Mutex mutex_;
  std::map<std::string, std::string> bodies_;
  std::function<void()> before_answer_;
  int fetches_ = 0;
};

// The handlers of all services with a real store and without a server. Their results are what the server would send.
// Ends the program if the setup fails.
class ServiceWorld {
 public:
  static constexpr char kTenant[] = "tenants/t";
  static constexpr char kUrl[] = "https://app.example.com/client.json";

  ServiceWorld() {
    storage::RocksDbOptions options;
    options.directory = dir_ / "db";
    store_ = *storage::OpenRocksDbStore(std::move(options));
    storage::UsedAssertionsOptions used;
    used.directory = dir_ / "used";
    used_assertions_ = *storage::UsedAssertions::Open(std::move(used), clock_.Now());
    refresher_ = std::make_unique<services::KeyRefresher>(*store_, key_resolver_, clock_);
    verifier_ = std::make_unique<services::AssertionVerifier>(*store_, *refresher_, *used_assertions_,
                                                              [](v1::AssertionReason) {});
    hub_ = std::make_unique<watch::ChangeHub>(
        *store_, clock_,
        watch::ChangeHub::Callbacks{.check_place = [](std::string_view) { return absl::OkStatus(); },
                                    .recheck_callers = [] {}});
    auto purge = [this] { ++purges; };
    auto withdrawn = [this] { ++withdrawals; };
    admin = std::make_unique<services::AdminHandlers>(*store_, purge, withdrawn);
    tokens = std::make_unique<services::AccessTokenHandlers>(*store_, withdrawn);
    audit = std::make_unique<services::AuditHandlers>(*store_, *hub_);
    registration = std::make_unique<services::RegistrationHandlers>(*store_, *hub_, resolver_, key_resolver_, purge);
    metadata = std::make_unique<services::MetadataHandlers>(*store_, resolver_, key_resolver_, *verifier_);
    connections = std::make_unique<services::ConnectionHandlers>(*store_, *hub_, purge);
    apis = std::make_unique<services::ResourceServerHandlers>(*store_, purge);
    grants = std::make_unique<services::ClientGrantHandlers>(*store_, *hub_);
    decisions = std::make_unique<services::DecisionHandlers>(*store_, *verifier_, [](v1::CheckReason) {});
    v1::CreateTenantRequest create;
    create.set_tenant_id("t");
    create.mutable_tenant()->set_client_id_metadata_document_supported(true);
    create.mutable_tenant()->set_document_profile(v1::DOCUMENT_PROFILE_STANDARD);
    rpc::RequestContext call = Call("AdminService/CreateTenant", "");
    if (!admin->CreateTenant(call, create).ok()) std::abort();
  }

  // Returns the context of a call by a caller with all rights.
  rpc::RequestContext Call(std::string_view method, std::string_view tenant = "t") {
    return {.method = *rpc::FindMethod(absl::StrCat("cimd.v1.", std::string(method))),
            .caller = {.kind = v1::CALLER_KIND_ACCESS_TOKEN, .id = "tok_test", .name = "test", .scopes = {"*"}},
            .tenant = std::string(tenant),
            .now = clock_.Now(),
            .peer = "ipv4:192.0.2.1:4711"};
  }

  static std::string Document(std::string_view url, std::string_view more = "") {
    return absl::StrCat(R"({"client_id":")", std::string(url),
                        R"(","client_name":"App","redirect_uris":["https://app.example.com/cb"],)",
                        R"("grant_types":["authorization_code","refresh_token"],"response_types":["code"],)",
                        R"("token_endpoint_auth_method":"none")", std::string(more), "}");
  }

  absl::StatusOr<v1::RegisterClientResponse> Register(const std::string& url = kUrl) {
    fetcher.Serve(url, Document(url));
    v1::RegisterClientRequest request;
    request.set_parent(kTenant);
    request.set_external_client_id(url);
    rpc::RequestContext call = Call("RegistrationService/RegisterClient");
    return registration->RegisterClient(call, request);
  }

  // Sets the tenant's state. Does not start the purge that follows a deletion.
  void MarkDeleted() {
    v1::DeleteTenantRequest request;
    request.set_name(kTenant);
    request.set_force(true);
    rpc::RequestContext call = Call("AdminService/DeleteTenant");
    if (!admin->DeleteTenant(call, request).ok()) std::abort();
  }

  // Returns the events of a log, newest first.
  std::vector<storage::AuditRecord> Events(std::string_view tenant = "t") {
    std::vector<storage::AuditRecord> events;
    auto snapshot = store_->TakeSnapshot();
    auto read = storage::ReadAuditEvents(**snapshot, tenant, {}, 1000,
                                         [&](std::string_view, const storage::AuditRecord& event) {
                                           events.push_back(event);
                                           return true;
                                         });
    if (!read.ok()) std::abort();
    return events;
  }

  storage::Store& store() { return *store_; }
  AdjustableClock& clock() { return clock_; }

 private:
  TempDir dir_;
  AdjustableClock clock_;
  std::unique_ptr<storage::Store> store_;

 public:
  ScriptedFetcher fetcher;
  // How often a handler scheduled a purge or reported revoked tokens.
  int purges = 0;
  int withdrawals = 0;

 private:
  const metadata::MetadataResolver resolver_{fetcher, /*allow_special_hosts=*/false};
  const metadata::KeySetResolver key_resolver_{fetcher};
  std::unique_ptr<storage::UsedAssertions> used_assertions_;
  std::unique_ptr<services::KeyRefresher> refresher_;
  std::unique_ptr<services::AssertionVerifier> verifier_;
  std::unique_ptr<watch::ChangeHub> hub_;

 public:
  std::unique_ptr<services::AdminHandlers> admin;
  std::unique_ptr<services::AccessTokenHandlers> tokens;
  std::unique_ptr<services::AuditHandlers> audit;
  std::unique_ptr<services::RegistrationHandlers> registration;
  std::unique_ptr<services::MetadataHandlers> metadata;
  std::unique_ptr<services::ConnectionHandlers> connections;
  std::unique_ptr<services::ResourceServerHandlers> apis;
  std::unique_ptr<services::ClientGrantHandlers> grants;
  std::unique_ptr<services::DecisionHandlers> decisions;
};

}  // namespace cimd::testing

#endif  // CIMD_TESTS_SERVER_SERVICES_SERVICE_WORLD_H_
