#ifndef CIMD_SERVER_SERVICES_ADMIN_ACCESS_TOKENS_H_
#define CIMD_SERVER_SERVICES_ADMIN_ACCESS_TOKENS_H_

#include <string>
#include <string_view>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cimd/v1/admin_service.pb.h"
#include "server/mutations/mutations.h"
#include "server/rpc/request_context.h"
#include "storage/store.h"

namespace cimd::services {

// Maximum number of tokens of one owner. At the limit, a new token replaces the expired or revoked token that ended
// first.
inline constexpr int kMaxAccessTokens = 1000;

// Implements the methods of cimd.v1.AdminService for access tokens. Thread-safe.
class AccessTokenHandlers {
 public:
  // `store` must outlive this. `access_withdrawn` is called after each commit that ended the validity of a token.
  AccessTokenHandlers(storage::Store& store, absl::AnyInvocable<void() const> access_withdrawn)
      : store_(store), mutations_(store), access_withdrawn_(std::move(access_withdrawn)) {}

  absl::StatusOr<v1::CreateAccessTokenResponse> CreateAccessToken(rpc::RequestContext& call,
                                                                  const v1::CreateAccessTokenRequest& request) const;
  absl::StatusOr<v1::AccessToken> GetAccessToken(rpc::RequestContext& call,
                                                 const v1::GetAccessTokenRequest& request) const;
  absl::StatusOr<v1::ListAccessTokensResponse> ListAccessTokens(rpc::RequestContext& call,
                                                                const v1::ListAccessTokensRequest& request) const;
  absl::StatusOr<v1::AccessToken> RevokeAccessToken(rpc::RequestContext& call,
                                                    const v1::RevokeAccessTokenRequest& request) const;

 private:
  storage::Store& store_;
  const Mutations mutations_;
  const absl::AnyInvocable<void() const> access_withdrawn_;
};

}  // namespace cimd::services

#endif  // CIMD_SERVER_SERVICES_ADMIN_ACCESS_TOKENS_H_
