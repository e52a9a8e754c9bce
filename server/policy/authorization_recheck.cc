#include "server/policy/authorization_recheck.h"

#include <string>
#include <string_view>

#include "fmt/format.h"
#include "server/metadata/uri_difference.h"
#include "server/policy/client_checks.h"
#include "server/policy/redirect_checks.h"

namespace cimd::policy {
namespace {

constexpr std::string_view kNone = "none";
constexpr std::string_view kPrivateKeyJwt = "private_key_jwt";

bool IsAuthenticationWeakened(const v1::Client& client, const v1::DecisionBasis& basis) {
  return basis.token_endpoint_auth_method() == kPrivateKeyJwt && !SupportsAuthentication(client, kPrivateKeyJwt);
}

}  // namespace

bool IsAuthorization(const v1::DecisionBasis& basis) { return !basis.client().empty() && !basis.audience().empty(); }

bool IsProofRequired(const v1::Client& client, const v1::AuthorizeTokenRequestRequest& request) {
  return (request.grant_type() == "client_credentials" ||
          request.basis().token_endpoint_auth_method() == kPrivateKeyJwt) &&
         SupportsAuthentication(client, kPrivateKeyJwt);
}

void RecheckAuthorization(const v1::Client& client, const v1::AuthorizeTokenRequestRequest& request, Checks& checks) {
  const v1::DecisionBasis& basis = request.basis();
  const bool is_code = request.grant_type() == "authorization_code";
  if (basis.client() != client.name()) {
    checks.Fail(v1::CHECK_REASON_CLIENT_REPLACED, "",
                "the authorization was given to another client, or to this one before it was registered anew");
  }
  if (is_code && !IsRegisteredRedirectUri(client, basis.redirect_uri())) {
    checks.Fail(v1::CHECK_REASON_REDIRECT_URI_REMOVED, "",
                fmt::format("redirect URI {} of the authorization is no longer in the client's document",
                            Quoted(basis.redirect_uri())));
  }
  if (IsAuthenticationWeakened(client, basis)) {
    checks.Fail(v1::CHECK_REASON_AUTH_METHOD_WEAKENED, "",
                "the client has given up private_key_jwt since the authorization");
  }
  if (is_code && !request.redirect_uri().empty() && request.redirect_uri() != basis.redirect_uri()) {
    const std::string difference = metadata::DescribeSmallDifference(request.redirect_uri(), basis.redirect_uri());
    checks.Fail(v1::CHECK_REASON_REDIRECT_URI_CHANGED, "redirect_uri",
                fmt::format("redirect URI {} is not that of the authorization{}{}", Quoted(request.redirect_uri()),
                            difference.empty() ? "" : "; it differs in ", difference));
  }
}

void DescribeChanges(const v1::Client& client, const v1::AuthorizeTokenRequestRequest& request,
                     v1::AuthorizeTokenRequestResponse& response) {
  const v1::DecisionBasis& basis = request.basis();
  response.set_document_changed(basis.client() != client.name() ||
                                basis.document_version() != client.document_version());
  if (!IsRegisteredRedirectUri(client, basis.redirect_uri())) {
    response.add_changed_since(v1::CHANGE_IMPACT_REDIRECT_REMOVED);
  }
  if (IsAuthenticationWeakened(client, basis)) {
    response.add_changed_since(v1::CHANGE_IMPACT_AUTH_METHOD_WEAKENED);
  } else if (basis.token_endpoint_auth_method() == kNone && !SupportsAuthentication(client, kNone)) {
    response.add_changed_since(v1::CHANGE_IMPACT_AUTH_METHOD_STRENGTHENED);
  }
  if (!IsGrantTypeRegistered(client, request.grant_type())) {
    response.add_changed_since(v1::CHANGE_IMPACT_GRANT_TYPE_REMOVED);
  }
}

}  // namespace cimd::policy
