#include "server/services/admin/access_tokens.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "fmt/format.h"
#include "server/callers/new_access_token.h"
#include "server/crypto/sha256.h"
#include "server/errors/errors.h"
#include "server/resources/etag.h"
#include "server/resources/listing.h"
#include "server/resources/tenants.h"
#include "server/rpc/authenticator.h"
#include "server/rpc/method_table.h"
#include "server/rpc/proto_time.h"
#include "server/rpc/request_validator.h"
#include "server/rpc/resource_name.h"
#include "storage/repositories/access_token_repository.h"

namespace cimd::services {
namespace {

namespace errors = rpc::errors;
using rpc::RequestContext;
using storage::AccessTokenIdRecord;
using storage::Transaction;
using StoredToken = storage::Stored<AccessTokenIdRecord>;

constexpr int kMaxScopes = 50;

using storage::keys::OwnerOf;

// The fields of a new token that the caller sets.
v1::AccessToken Wanted(const v1::AccessToken& asked) {
  v1::AccessToken token;
  token.set_display_name(asked.display_name());
  const std::set<std::string> scopes(asked.scopes().begin(), asked.scopes().end());
  token.mutable_scopes()->Assign(scopes.begin(), scopes.end());
  if (asked.has_expire_time()) *token.mutable_expire_time() = asked.expire_time();
  return token;
}

absl::Status Validate(const v1::AccessToken& asked, absl::Time now) {
  RequestValidator validator;
  validator.Require("access_token.display_name", !asked.display_name().empty());
  validator.MaxCharacters("access_token.display_name", asked.display_name(), 100);
  if (std::any_of(asked.display_name().begin(), asked.display_name().end(), absl::ascii_iscntrl)) {
    validator.Add("access_token.display_name", "FORMAT", "must not have control characters");
  }
  validator.Require("access_token.scopes", asked.scopes_size() > 0);
  validator.MaxElements("access_token.scopes", asked.scopes_size(), kMaxScopes);
  for (int i = 0; i < std::min(asked.scopes_size(), kMaxScopes); ++i) {
    if (rpc::IsScope(asked.scopes(i))) continue;
    validator.Add(fmt::format("access_token.scopes[{}]", i), "UNKNOWN",
                  fmt::format("there is no scope '{}'", asked.scopes(i)));
  }
  if (asked.has_expire_time()) {
    constexpr int64_t kYear10000 = 253402300800;
    const google::protobuf::Timestamp& expiry = asked.expire_time();
    if (expiry.seconds() >= kYear10000 || expiry.nanos() < 0 || expiry.nanos() > 999'999'999 ||
        FromProto(expiry) <= now) {
      validator.Add("access_token.expire_time", "RANGE", "must lie in the future, before the year 10000");
    }
  }
  return validator.status();
}

// Whether the caller may create tokens that outlive its own credential. That takes the scope by name: a short-lived
// caller with "*" must not obtain permanent access.
bool MayOutlive(const rpc::Caller& caller) {
  if (caller.expire_time == absl::InfiniteFuture()) return true;
  return caller.tenant.empty() &&
         std::find(caller.scopes.begin(), caller.scopes.end(), rpc::kUnboundedAccessTokensScope) != caller.scopes.end();
}

absl::Status CheckMayGive(const rpc::Caller& caller, const v1::AccessToken& token) {
  for (const std::string& scope : token.scopes()) {
    if (!rpc::HasScope(caller, scope)) return errors::ScopeNotHeld(scope);
    if (scope == rpc::kUnboundedAccessTokensScope && !MayOutlive(caller)) return errors::ScopeNotHeld(scope);
  }
  const absl::Time end = token.has_expire_time() ? FromProto(token.expire_time()) : absl::InfiniteFuture();
  if (end > caller.expire_time && !MayOutlive(caller)) return errors::AccessTokenOutlivesCaller(caller.expire_time);
  return absl::OkStatus();
}

// When a token expired or was revoked. InfiniteFuture while it is valid.
absl::Time EndOf(const v1::AccessToken& token, absl::Time now) {
  absl::Time end = token.has_revoke_time() ? FromProto(token.revoke_time()) : absl::InfiniteFuture();
  if (token.has_expire_time() && FromProto(token.expire_time()) <= now) {
    end = std::min(end, FromProto(token.expire_time()));
  }
  return end;
}

absl::Status MakeRoom(Transaction& transaction, std::string_view owner, absl::Time now) {
  absl::StatusOr<std::vector<storage::Entry>> entries =
      transaction.Scan(storage::keys::All(owner, storage::keys::Kind::kAccessTokenById), /*limit=*/0);
  if (!entries.ok()) return errors::FromStore(entries.status());
  if (entries->size() < static_cast<size_t>(kMaxAccessTokens)) return absl::OkStatus();
  absl::Time first_end = absl::InfiniteFuture();
  AccessTokenIdRecord first;
  for (const storage::Entry& entry : *entries) {
    AccessTokenIdRecord record;
    if (absl::Status status = storage::ParseRecord(entry.value, record); !status.ok()) return errors::FromStore(status);
    const absl::Time end = EndOf(record.access_token(), now);
    if (end >= first_end) continue;
    first_end = end;
    first = std::move(record);
  }
  if (first_end == absl::InfiniteFuture()) return errors::AccessTokensExhausted(kMaxAccessTokens);
  const std::string& name = first.access_token().name();
  storage::DeleteAccessToken(transaction, owner, rpc::IdOfName(name), first.digest());
  return absl::OkStatus();
}

template <typename Source>
absl::StatusOr<StoredToken> RequireToken(Source& source, const rpc::ChildName& name) {
  if (!name.tenant.empty()) {
    if (absl::Status status = RequireTenant(source, name.tenant).status(); !status.ok()) return status;
  }
  storage::MaybeStored<AccessTokenIdRecord> found = storage::FindAccessTokenById(source, OwnerOf(name.tenant), name.id);
  if (!found.ok()) return errors::FromStore(found.status());
  if (!found->has_value()) {
    return errors::AccessTokenNotFound(rpc::MakeOwnedName(name.tenant, rpc::kAccessTokens, name.id));
  }
  return **std::move(found);
}

// The token as the API returns it, with its etag and last use.
template <typename Source>
absl::StatusOr<v1::AccessToken> Served(Source& source, std::string_view tenant, StoredToken&& stored) {
  v1::AccessToken token = std::move(*stored.record.mutable_access_token());
  const std::string_view id = rpc::IdOfName(token.name());
  auto use = storage::Find<storage::AccessTokenUseRecord>(source, storage::keys::AccessTokenUse(OwnerOf(tenant), id));
  if (!use.ok()) return errors::FromStore(use.status());
  if (use->has_value()) *token.mutable_last_use_time() = (*use)->record.time();
  // A token written in this transaction has no revision yet. Its etag is filled in from the commit.
  if (stored.revision > 0) token.set_etag(std::to_string(stored.revision));
  return token;
}

}  // namespace

absl::StatusOr<v1::CreateAccessTokenResponse> AccessTokenHandlers::CreateAccessToken(
    RequestContext& call, const v1::CreateAccessTokenRequest& request) const {
  absl::StatusOr<std::string> tenant = rpc::ParseOwnerName("parent", request.parent());
  if (!tenant.ok()) return tenant.status();
  if (absl::Status status = Validate(request.access_token(), call.now); !status.ok()) return status;
  v1::AccessToken token = Wanted(request.access_token());
  if (absl::Status status = CheckMayGive(call.caller, token); !status.ok()) return status;
  const std::string text = callers::NewAccessToken();
  const std::string id = callers::NewAccessTokenId();
  token.set_name(rpc::MakeOwnedName(*tenant, rpc::kAccessTokens, id));
  token.set_created_by(call.caller.id);
  ToProto(call.now, *token.mutable_create_time());
  AccessTokenIdRecord record;
  record.set_digest(crypto::Sha256(text));
  *record.mutable_access_token() = token;
  return mutations_.Run<v1::CreateAccessTokenResponse>(
      call, request,
      [&](Transaction& transaction, v1::CreateAccessTokenResponse& response) -> absl::StatusOr<ResourceChange> {
        if (!tenant->empty()) {
          if (auto found = RequireTenant(transaction, *tenant); !found.ok()) return found.status();
        }
        if (absl::Status status = MakeRoom(transaction, OwnerOf(*tenant), call.now); !status.ok()) return status;
        storage::PutAccessToken(transaction, OwnerOf(*tenant), id, record);
        *response.mutable_access_token() = token;
        response.set_token(text);
        return ResourceChange{.resource = token.name()};
      });
}

absl::StatusOr<v1::AccessToken> AccessTokenHandlers::GetAccessToken(RequestContext&,
                                                                    const v1::GetAccessTokenRequest& request) const {
  absl::StatusOr<rpc::ChildName> name = rpc::ParseOwnedName("name", rpc::kAccessTokens, request.name());
  if (!name.ok()) return name.status();
  absl::StatusOr<StoredToken> stored = RequireToken(store_, *name);
  if (!stored.ok()) return stored.status();
  return Served(store_, name->tenant, *std::move(stored));
}

absl::StatusOr<v1::ListAccessTokensResponse> AccessTokenHandlers::ListAccessTokens(
    RequestContext& call, const v1::ListAccessTokensRequest& request) const {
  absl::StatusOr<std::string> tenant = rpc::ParseOwnerName("parent", request.parent());
  if (!tenant.ok()) return tenant.status();
  if (!tenant->empty()) {
    if (auto found = RequireTenant(store_, *tenant); !found.ok()) return found.status();
  }
  v1::ListAccessTokensResponse response;
  absl::Status listed = ListRecords<AccessTokenIdRecord>(
      store_, call, storage::keys::All(OwnerOf(*tenant), storage::keys::Kind::kAccessTokenById), request, response,
      [](const auto&) { return true; },
      [&](StoredToken&& stored, const ListedEntry& entry) {
        absl::StatusOr<v1::AccessToken> token = Served(entry.snapshot, *tenant, std::move(stored));
        if (token.ok()) *response.add_access_tokens() = *std::move(token);
        return token.status();
      });
  if (!listed.ok()) return listed;
  return response;
}

absl::StatusOr<v1::AccessToken> AccessTokenHandlers::RevokeAccessToken(
    RequestContext& call, const v1::RevokeAccessTokenRequest& request) const {
  absl::StatusOr<rpc::ChildName> name = rpc::ParseOwnedName("name", rpc::kAccessTokens, request.name());
  if (!name.ok()) return name.status();
  absl::StatusOr<v1::AccessToken> revoked = mutations_.Run<v1::AccessToken>(
      call, request, [&](Transaction& transaction, v1::AccessToken& response) -> absl::StatusOr<ResourceChange> {
        absl::StatusOr<StoredToken> stored = RequireToken(transaction, *name);
        if (!stored.ok()) return stored.status();
        absl::Status status = CheckEtag(request.name(), stored->revision, request.etag());
        if (!status.ok()) return status;
        ResourceChange change;
        if (!stored->record.access_token().has_revoke_time()) {
          ToProto(call.now, *stored->record.mutable_access_token()->mutable_revoke_time());
          storage::PutAccessToken(transaction, OwnerOf(name->tenant), name->id, stored->record);
          stored->revision = 0;
          change.resource = request.name();
        }
        absl::StatusOr<v1::AccessToken> served = Served(transaction, name->tenant, *std::move(stored));
        if (!served.ok()) return served.status();
        response = *std::move(served);
        return change;
      });
  if (revoked.ok()) access_withdrawn_();
  return revoked;
}

}  // namespace cimd::services
