#include "server/policy/consent.h"

#include <string>

#include "server/metadata/host.h"
#include "server/metadata/redirect_uri.h"

namespace cimd::policy {
namespace {

using metadata::RedirectUriKind;
using std::string_view;

// Whether the host, in lower case, is a name or address of the user's own machine.
bool IsOwnMachine(string_view host) {
  return host == "localhost" || host.ends_with(".localhost") || host == "[::1]" ||
         (host.starts_with("127.") && metadata::ClassifyHost(host) == metadata::HostKind::kIpAddress);
}

}  // namespace

v1::ConsentFacts DescribeConsent(const v1::Client& client, string_view redirect_uri,
                                 absl::Span<const GrantedScope> scopes) {
  const v1::ClientMetadata& published = client.metadata();
  v1::ConsentFacts facts;
  facts.set_client_host(metadata::HostForConsent(published.external_client_id()));
  facts.set_client_name(published.client_name().empty() ? facts.client_host() : published.client_name());
  facts.set_redirect_host(metadata::HostForConsent(redirect_uri));
  const RedirectUriKind kind = metadata::ClassifyRedirectUri(redirect_uri);
  facts.set_redirect_is_loopback(kind == RedirectUriKind::kLoopback ||
                                 (kind == RedirectUriKind::kHttps && IsOwnMachine(facts.redirect_host())));
  facts.set_redirect_is_unverifiable(facts.redirect_is_loopback() || kind == RedirectUriKind::kPrivateUse);
  facts.set_logo_uri(published.logo_uri());
  facts.set_client_uri_unverified(!published.client_uri().empty() &&
                                  metadata::HostForConsent(published.client_uri()) != facts.client_host());
  facts.mutable_scopes()->Reserve(static_cast<int>(scopes.size()));
  for (const GrantedScope& scope : scopes) {
    v1::ResourceServerScope* shown = facts.add_scopes();
    shown->set_value(scope.text.data(), scope.text.size());
    if (scope.described != nullptr) shown->set_description(scope.described->description());
  }
  return facts;
}

}  // namespace cimd::policy
