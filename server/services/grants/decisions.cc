#include "server/services/grants/decisions.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "fmt/format.h"
#include "server/errors/errors.h"
#include "server/policy/audience.h"
#include "server/policy/authorize_decision.h"
#include "server/policy/token_decision.h"
#include "server/rpc/request_validator.h"
#include "server/rpc/resource_name.h"
#include "server/services/grants/tenant_facts.h"
#include "storage/repositories/client_repository.h"
#include "storage/repositories/connection_repository.h"
#include "storage/repositories/grant_repository.h"

namespace cimd::services {
namespace {

namespace errors = rpc::errors;
using storage::ClientGrantRecord;
using storage::ClientRecord;

constexpr int kMaxBatch = 1000;
// Maximum size of the answer to a batch. One item's answer can hold an API of a megabyte.
constexpr size_t kMaxBatchAnswerBytes = size_t{16} << 20;
constexpr size_t kMaxParameterBytes = 4096;
constexpr int kMaxResources = 20;
constexpr int kMaxParameterNames = 100;

// The verifier and the call with which the client assertion of a request is verified.
struct Verifying {
  AssertionVerifier& verifier;
  rpc::RequestContext& call;
  bool may_postpone;
};

bool CarriesAssertion(const v1::AuthorizeTokenRequestRequest& request) {
  return !request.client_assertion().empty() || !request.client_assertion_type().empty();
}

// Reads the facts of one decision from one snapshot and owns them until the decision is made.
class Facts {
 public:
  // Both must outlive this.
  Facts(const storage::Snapshot& snapshot, TenantFacts& shared) : snapshot_(snapshot), shared_(shared) {}

  absl::StatusOr<v1::AuthorizeRequestResponse> Decide(const v1::AuthorizeRequestRequest& request) {
    const std::string_view audience = policy::RequestedAudience(shared_.tenant(), request);
    if (absl::Status status = Read(request.client_id(), audience, v1::SUBJECT_TYPE_USER); !status.ok()) return status;
    auto connections = shared_.DomainConnections(snapshot_);
    if (!connections.ok()) return connections.status();
    bool connection_exists = false;
    if (!request.connection().empty()) {
      absl::StatusOr<std::string> named =
          storage::FindConnectionByName(snapshot_, shared_.tenant_id(), request.connection());
      if (!named.ok()) return errors::FromStore(named.status());
      connection_exists = !named->empty();
    }
    return policy::DecideAuthorize({.tenant = shared_.tenant(),
                                    .client = client(),
                                    .api = api(),
                                    .domain_connections = (*connections)->connections(),
                                    .connection_exists = connection_exists,
                                    .revision = snapshot_.revision()},
                                   request);
  }

  // `verifying` is used only when the request has an assertion.
  absl::StatusOr<v1::AuthorizeTokenRequestResponse> Decide(const v1::AuthorizeTokenRequestRequest& request,
                                                           const Verifying& verifying) {
    if (!CarriesAssertion(request)) return Decide(request, AssertionVerdict());
    PresentedAssertion presented =
        ParseAssertion(request.client_id(), request.client_assertion_type(), request.client_assertion());
    v1::AuthorizeTokenRequestRequest authenticated = request;
    authenticated.set_client_id(presented.client_id);
    auto client = storage::FindClientByUrl(snapshot_, shared_.tenant_id(), presented.client_id);
    if (!client.ok()) return errors::FromStore(client.status());
    absl::StatusOr<AssertionVerdict> verdict =
        verifying.verifier.Verify(verifying.call, verifying.may_postpone, std::move(presented), shared_.tenant_id(),
                                  shared_.tenant(), client->has_value() ? &(*client)->record.client() : nullptr);
    if (!verdict.ok()) return verdict.status();
    authenticated.set_authentication_method("private_key_jwt");
    return Decide(authenticated, *verdict);
  }

 private:
  absl::StatusOr<v1::AuthorizeTokenRequestResponse> Decide(const v1::AuthorizeTokenRequestRequest& request,
                                                           const AssertionVerdict& verdict) {
    const std::string_view audience = policy::RequestedAudience(shared_.tenant(), request);
    absl::Status read = Read(request.client_id(), audience, policy::RequestedSubjectType(request));
    if (!read.ok()) return read;
    return policy::DecideToken({.tenant = shared_.tenant(),
                                .client = client(),
                                .api = api(),
                                .revision = snapshot_.revision(),
                                .assertion = {.reason = verdict.reason,
                                              .description = verdict.description,
                                              .key_thumbprint = verdict.thumbprint}},
                               request);
  }

  absl::Status Read(std::string_view client_id, std::string_view audience, v1::SubjectType subject_type) {
    auto client = storage::FindClientByUrl(snapshot_, shared_.tenant_id(), client_id);
    if (!client.ok()) return errors::FromStore(client.status());
    client_ = *std::move(client);
    if (!client_.has_value() || audience.empty()) return absl::OkStatus();
    auto resource_server = shared_.ResourceServer(snapshot_, audience);
    if (!resource_server.ok()) return resource_server.status();
    resource_server_ = *std::move(resource_server);
    if (resource_server_ == nullptr) {
      for (const std::string& spelling : policy::OtherSpellings(audience)) {
        resource_server = shared_.ResourceServer(snapshot_, spelling);
        if (!resource_server.ok()) return resource_server.status();
        resource_server_ = *std::move(resource_server);
        if (resource_server_ != nullptr) break;
      }
    }
    if (resource_server_ == nullptr) return absl::OkStatus();
    const std::string_view resource_server_id = rpc::IdOfName(resource_server_->name());
    auto own = storage::FindClientGrant(snapshot_, shared_.tenant_id(), resource_server_id,
                                        rpc::IdOfName(client_->record.client().name()), subject_type);
    if (!own.ok()) return errors::FromStore(own.status());
    own_grant_ = *std::move(own);
    // The client's own grant replaces the default grant, which need not be read then.
    if (own_grant_.has_value()) return absl::OkStatus();
    auto fallback = shared_.DefaultGrant(snapshot_, resource_server_id, subject_type);
    if (!fallback.ok()) return fallback.status();
    default_grant_ = *std::move(fallback);
    return absl::OkStatus();
  }

  const v1::Client* client() const { return client_.has_value() ? &client_->record.client() : nullptr; }
  policy::ApiFacts api() const {
    return {.resource_server = resource_server_.get(),
            .own_grant = own_grant_.has_value() ? &own_grant_->record.client_grant() : nullptr,
            .default_grant = default_grant_.get()};
  }

  const storage::Snapshot& snapshot_;
  TenantFacts& shared_;
  std::optional<storage::Stored<ClientRecord>> client_;
  std::shared_ptr<const v1::ResourceServer> resource_server_;
  std::optional<storage::Stored<ClientGrantRecord>> own_grant_;
  std::shared_ptr<const v1::ClientGrant> default_grant_;
};

// Checks only sizes. The policy decides on the content.
template <typename Request>
void ValidateSizes(const Request& request, std::string_view prefix, RequestValidator& validator) {
  auto text = [&](std::string_view field, const std::string& value) {
    validator.MaxBytes(fmt::format("{}{}", prefix, field), value, kMaxParameterBytes);
  };
  auto names = [&](std::string_view field, const auto& values, int max) {
    validator.MaxElements(fmt::format("{}{}", prefix, field), values.size(), max);
    for (const std::string& value : values) text(field, value);
  };
  text("client_id", request.client_id());
  text("redirect_uri", request.redirect_uri());
  text("audience", request.audience());
  text("scope", request.scope());
  names("resources", request.resources(), kMaxResources);
  names("repeated_parameters", request.repeated_parameters(), kMaxParameterNames);
  if constexpr (requires { request.response_type(); }) {
    text("response_type", request.response_type());
    text("code_challenge", request.code_challenge());
    text("code_challenge_method", request.code_challenge_method());
    text("connection", request.connection());
    names("other_parameters", request.other_parameters(), kMaxParameterNames);
  } else {
    text("grant_type", request.grant_type());
    text("authentication_method", request.authentication_method());
    if (CarriesAssertion(request) && !request.authentication_method().empty()) {
      validator.Add(fmt::format("{}authentication_method", prefix), "FORMAT",
                    "must be empty when there is a client_assertion, which is verified here");
    }
    text("basis.redirect_uri", request.basis().redirect_uri());
    text("basis.audience", request.basis().audience());
    names("basis.scopes", request.basis().scopes(), kMaxBatch);
  }
}

// A snapshot and the facts of one tenant in it.
struct DecisionContext {
  std::unique_ptr<storage::Snapshot> snapshot;
  std::shared_ptr<TenantFacts> tenant;
};

absl::StatusOr<DecisionContext> Prepare(const storage::Store& store, TenantFactsCache& tenants,
                                        std::string_view parent) {
  absl::StatusOr<std::string> name = rpc::ParseTenantName("parent", parent);
  if (!name.ok()) return name.status();
  absl::StatusOr<std::unique_ptr<storage::Snapshot>> snapshot = store.TakeSnapshot();
  if (!snapshot.ok()) return errors::FromStore(snapshot.status());
  absl::StatusOr<std::shared_ptr<TenantFacts>> tenant = tenants.Find(**snapshot, *name);
  if (!tenant.ok()) return tenant.status();
  return DecisionContext{*std::move(snapshot), *std::move(tenant)};
}

template <typename Response>
void Observe(const DecisionObserver& observer, const Response& decision) {
  observer(decision.allowed() ? v1::CHECK_REASON_UNSPECIFIED : decision.failed_checks(0).reason());
}

template <typename Request, typename... With>
auto DecideOne(const storage::Store& store, TenantFactsCache& tenants, const DecisionObserver& observer,
               rpc::RequestContext& call, const Request& request, const With&... with)
    -> decltype(std::declval<Facts&>().Decide(request, with...)) {
  RequestValidator validator;
  ValidateSizes(request, "", validator);
  if (absl::Status status = validator.status(); !status.ok()) return status;
  absl::StatusOr<DecisionContext> context = Prepare(store, tenants, request.parent());
  if (!context.ok()) return context.status();
  auto decision = Facts(*context->snapshot, *context->tenant).Decide(request, with...);
  if (!decision.ok()) return decision;
  call.verdict = decision->allowed() ? std::string() : decision->error();
  Observe(observer, *decision);
  return decision;
}

}  // namespace

absl::StatusOr<v1::AuthorizeRequestResponse> DecisionHandlers::AuthorizeRequest(
    rpc::RequestContext& call, const v1::AuthorizeRequestRequest& request) const {
  return DecideOne(store_, tenants_, observer_, call, request);
}

absl::StatusOr<v1::AuthorizeTokenRequestResponse> DecisionHandlers::AuthorizeTokenRequest(
    rpc::RequestContext& call, const v1::AuthorizeTokenRequestRequest& request) const {
  return DecideOne(store_, tenants_, observer_, call, request, Verifying{verifier_, call, /*may_postpone=*/true});
}

absl::StatusOr<v1::BatchAuthorizeResponse> DecisionHandlers::BatchAuthorize(
    rpc::RequestContext& call, const v1::BatchAuthorizeRequest& request) const {
  RequestValidator validator;
  validator.MaxElements("items", request.items_size(), kMaxBatch);
  for (int i = 0; i < request.items_size(); ++i) {
    const v1::BatchAuthorizeRequest::Item& item = request.items(i);
    const std::string prefix = fmt::format("items[{}].", i);
    validator.Require(prefix + "request", item.request_case() != v1::BatchAuthorizeRequest::Item::REQUEST_NOT_SET);
    const std::string& parent = item.has_authorize() ? item.authorize().parent() : item.token().parent();
    if (!parent.empty() && parent != request.parent()) {
      validator.Add(prefix + "parent", "FORMAT", "must be empty or that of the batch");
    }
    if (item.has_authorize()) ValidateSizes(item.authorize(), prefix + "authorize.", validator);
    if (item.has_token()) ValidateSizes(item.token(), prefix + "token.", validator);
  }
  if (absl::Status status = validator.status(); !status.ok()) return status;
  absl::StatusOr<DecisionContext> context = Prepare(store_, tenants_, request.parent());
  if (!context.ok()) return context.status();
  constexpr int kItemsBetweenLooks = 32;
  v1::BatchAuthorizeResponse response;
  size_t bytes = 0;
  for (const v1::BatchAuthorizeRequest::Item& item : request.items()) {
    if (response.items_size() % kItemsBetweenLooks == 0 && call.is_cancelled()) return errors::DeadlineExceeded();
    Facts facts(*context->snapshot, *context->tenant);
    v1::BatchAuthorizeResponse::Item& answer = *response.add_items();
    if (item.has_authorize()) {
      absl::StatusOr<v1::AuthorizeRequestResponse> decision = facts.Decide(item.authorize());
      if (!decision.ok()) return decision.status();
      Observe(observer_, *decision);
      *answer.mutable_authorize() = *std::move(decision);
    } else {
      absl::StatusOr<v1::AuthorizeTokenRequestResponse> decision =
          facts.Decide(item.token(), Verifying{verifier_, call, /*may_postpone=*/false});
      if (!decision.ok()) return decision.status();
      Observe(observer_, *decision);
      *answer.mutable_token() = *std::move(decision);
    }
    bytes += answer.ByteSizeLong();
    if (bytes > kMaxBatchAnswerBytes) {
      validator.Add("items", "TOO_MANY",
                    fmt::format("the answer would be larger than {} MiB, which {} items reach; send fewer in one batch",
                                kMaxBatchAnswerBytes >> 20, response.items_size()));
      return validator.status();
    }
  }
  return response;
}

}  // namespace cimd::services
