#include "tests/server/policy/rule_model.h"

#include <algorithm>
#include <cctype>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace cimd::policy {
namespace {

using std::string;
using Set = std::set<string>;

template <typename Range>
Set SetOf(const Range& range) {
  return Set(range.begin(), range.end());
}

bool Matches(const string& text, const char* pattern) { return std::regex_match(text, std::regex(pattern)); }

// Returns "host rest" of a loopback redirect URI without its port. Returns "" for other URIs.
string WithoutPort(const string& uri) {
  static const std::regex& loopback =
      *new std::regex("http://(127\\.0\\.0\\.1|\\[::1\\]|localhost)(:([1-9][0-9]{0,4}))?([/?][^#]*)?");
  std::smatch parts;
  if (!std::regex_match(uri, parts, loopback)) return "";
  if (parts[3].matched && std::stoi(parts[3]) > 65535) return "";
  return parts[1].str() + " " + parts[4].str();
}

bool IsRegistered(const string& uri, const v1::Client& client) {
  for (const string& callback : client.metadata().callbacks()) {
    if (uri == callback || (!WithoutPort(uri).empty() && WithoutPort(uri) == WithoutPort(callback))) return true;
  }
  return false;
}

// Normalizes a resource like the identifiers of the model's APIs: scheme and host in lower case, no default port.
string Folded(const string& resource) {
  static const std::regex& pattern = *new std::regex("(https)://([^/:]+)(:443)?(/.*)", std::regex::icase);
  std::smatch parts;
  if (!std::regex_match(resource, parts, pattern)) return resource;
  string origin = parts[1].str() + "://" + parts[2].str();
  std::transform(origin.begin(), origin.end(), origin.begin(), [](unsigned char c) { return std::tolower(c); });
  return origin + parts[4].str();
}

bool HasGrantType(const v1::Client& client, const string& grant_type) {
  return SetOf(client.metadata().grant_types()).count(grant_type) > 0;
}

bool HasMethod(const v1::Client& client, const string& method) {
  return SetOf(client.metadata().token_endpoint_auth_methods_supported()).count(method) > 0;
}

struct Modelled {
  const World& world;
  ModelAnswer answer = {};
  const v1::Client* client = nullptr;
  const v1::ResourceServer* api = nullptr;
  const v1::ClientGrant* grant = nullptr;

  void Fail(v1::CheckReason reason) { answer.reasons.push_back(reason); }

  void FindClient(const string& client_id) {
    if (!world.tenant.client_id_metadata_document_supported()) Fail(v1::CHECK_REASON_CIMD_DISABLED);
    if (client_id.empty()) return Fail(v1::CHECK_REASON_CLIENT_ID_MISSING);
    for (const v1::Client& c : world.clients) {
      if (c.metadata().external_client_id() == client_id) client = &c;
    }
    if (client == nullptr) return Fail(v1::CHECK_REASON_CLIENT_UNKNOWN);
    if (client->state() == v1::CLIENT_STATE_BLOCKED) Fail(v1::CHECK_REASON_CLIENT_BLOCKED);
  }

  template <typename Request>
  void CheckRepeated(const Request& request) {
    for (const string& name : request.repeated_parameters()) {
      if (name != "resource") Fail(v1::CHECK_REASON_PARAMETER_REPEATED);
    }
  }

  // Returns the API that audience or resource names.
  template <typename Request>
  string NameApi(const Request& request, bool required) {
    const bool compatibility =
        world.tenant.resource_parameter_profile() == v1::RESOURCE_PARAMETER_PROFILE_COMPATIBILITY;
    if (!request.audience().empty()) return request.audience();
    Set names;
    bool malformed = false;
    for (const string& resource : request.resources()) {
      if (!compatibility || resource.empty()) continue;
      names.insert(Folded(resource));
      if (Matches(resource, "[A-Za-z]+:[^# ]+")) continue;
      malformed = true;
      Fail(v1::CHECK_REASON_RESOURCE_MALFORMED);
    }
    if (names.empty() && required) Fail(v1::CHECK_REASON_AUDIENCE_MISSING);
    if (names.size() > 1) Fail(v1::CHECK_REASON_RESOURCE_AMBIGUOUS);
    return names.size() == 1 && !malformed ? *names.begin() : "";
  }

  void FindApiAndGrant(const string& audience, v1::SubjectType subject_type) {
    for (const v1::ResourceServer& candidate : world.resource_servers) {
      if (candidate.identifier() == audience) api = &candidate;
    }
    if (api == nullptr) return Fail(v1::CHECK_REASON_AUDIENCE_UNKNOWN);
    const auto& policies = api->subject_type_authorization();
    const auto policy = subject_type == v1::SUBJECT_TYPE_USER ? policies.user() : policies.client();
    if (policy == v1::ACCESS_POLICY_DENY_ALL) Fail(v1::CHECK_REASON_ACCESS_DENIED_BY_API);
    for (const v1::ClientGrant& candidate : world.client_grants) {
      if (candidate.audience() != audience || candidate.subject_type() != subject_type) continue;
      const bool own = candidate.client() == client->name();
      if (own) grant = &candidate;
      if (!own && candidate.default_for() != 0 && grant == nullptr) grant = &candidate;
    }
    if (grant == nullptr) Fail(v1::CHECK_REASON_GRANT_MISSING);
  }

  bool MayGoOffline() const { return api->allow_offline_access() && HasGrantType(*client, "refresh_token"); }

  // `bound` has the scopes that were authorized, or is null for an authorization request. A code's request is limited
  // to it.
  void DecideScopes(const std::vector<string>& requested, bool offline_access, const Set* bound, bool is_code = false) {
    Set api_scopes;
    for (const auto& scope : api->scopes()) api_scopes.insert(scope.value());
    const Set granted = SetOf(grant->scopes());
    Set seen;
    int api_requested = 0, api_granted = 0, exceeding = 0;
    for (const string& scope : requested) {
      if (!seen.insert(scope).second) continue;
      const bool openid = Set{"openid", "profile", "email", "address", "phone"}.count(scope) > 0;
      auto reason = v1::DroppedScope::REASON_UNSPECIFIED;
      if (openid) {
        reason = v1::DroppedScope::REASON_OPENID_NOT_SUPPORTED;
      } else if (bound != nullptr && bound->count(scope) == 0) {
        reason = v1::DroppedScope::REASON_NOT_AUTHORIZED;
        ++exceeding;
      } else if (scope == "offline_access") {
        if (!offline_access) reason = v1::DroppedScope::REASON_OFFLINE_ACCESS_NOT_ALLOWED;
      } else {
        ++api_requested;
        if (api_scopes.count(scope) == 0) {
          reason = v1::DroppedScope::REASON_UNKNOWN;
        } else if (granted.count(scope) == 0 && !grant->allow_all_scopes()) {
          reason = v1::DroppedScope::REASON_NOT_GRANTED;
        } else {
          ++api_granted;
        }
      }
      if (reason == v1::DroppedScope::REASON_UNSPECIFIED) {
        answer.scopes.push_back(scope);
      } else {
        answer.dropped.emplace_back(scope, reason);
      }
    }
    if (exceeding > 0 && !is_code) Fail(v1::CHECK_REASON_EXCEEDS_AUTHORIZATION);
    if (api_requested > 0 && api_granted == 0) Fail(v1::CHECK_REASON_SCOPES_NOT_GRANTED);
  }

  ModelAnswer Conclude() {
    if (!answer.reasons.empty()) {
      answer.scopes.clear();
      answer.connections.clear();
      answer.refresh_token_allowed = false;
    }
    return answer;
  }
};

std::vector<string> Words(const string& scope) {
  std::istringstream in(scope);
  std::vector<string> words;
  for (string word; in >> word;) words.push_back(word);
  return words;
}

void ModelRequestForm(const v1::AuthorizeRequestRequest& request, Modelled& m) {
  m.CheckRepeated(request);
  for (const string& name : request.other_parameters()) {
    if (!Matches(name,
                 "acr_values|audience|authorization_details|client_id|code_challenge|code_challenge_method|connection|"
                 "correlation_id|display|dpop_jkt|ext-.+|login_hint|max_age|nonce|prompt|redirect_uri|resource|"
                 "response_type|scope|state|ui_locales")) {
      m.Fail(v1::CHECK_REASON_PARAMETER_FORBIDDEN);
    }
  }
  const string& challenge = request.code_challenge();
  const string& method = request.code_challenge_method();
  if (request.response_type().empty()) m.Fail(v1::CHECK_REASON_RESPONSE_TYPE_MISSING);
  if (!request.response_type().empty() && request.response_type() != "code") {
    m.Fail(v1::CHECK_REASON_RESPONSE_TYPE_UNSUPPORTED);
  }
  if (challenge.empty()) m.Fail(v1::CHECK_REASON_PKCE_MISSING);
  if (method != "S256" && !(challenge.empty() && method.empty())) m.Fail(v1::CHECK_REASON_PKCE_METHOD);
  if (!challenge.empty() && !Matches(challenge, method == "S256" ? "[A-Za-z0-9_-]{43}" : "[A-Za-z0-9_.~-]{43,128}")) {
    m.Fail(v1::CHECK_REASON_PKCE_MALFORMED);
  }
}

void ModelConnection(const World& world, const string& requested, Modelled& m) {
  bool exists = false, usable = false;
  for (const v1::Connection& connection : world.connections) {
    const bool asked_for = connection.connection_name() == requested;
    exists |= asked_for;
    usable |= asked_for && connection.is_domain_connection();
    if (connection.is_domain_connection() && (asked_for || requested.empty())) {
      m.answer.connections.push_back(connection.connection_name());
    }
  }
  if (!requested.empty() && !usable) {
    m.Fail(exists ? v1::CHECK_REASON_CONNECTION_NOT_DOMAIN_LEVEL : v1::CHECK_REASON_CONNECTION_UNKNOWN);
  }
  if (std::none_of(world.connections.begin(), world.connections.end(),
                   [](const v1::Connection& connection) { return connection.is_domain_connection(); })) {
    m.Fail(v1::CHECK_REASON_CONNECTION_NONE);
  }
}

void ModelAuthentication(const v1::AuthorizeTokenRequestRequest& request, Modelled& m) {
  const bool signs = HasMethod(*m.client, "private_key_jwt");
  const bool bound = request.basis().token_endpoint_auth_method() == "private_key_jwt";
  const string& method = request.authentication_method();
  if (method == "private_key_jwt") {
    if (!signs) m.Fail(v1::CHECK_REASON_CLIENT_AUTHENTICATION_METHOD);
  } else if (method == "none" || method.empty()) {
    const bool enough =
        HasMethod(*m.client, "none") && !(signs && (bound || request.grant_type() == "client_credentials"));
    if (!enough) m.Fail(v1::CHECK_REASON_CLIENT_AUTHENTICATION_MISSING);
  } else {
    m.Fail(v1::CHECK_REASON_CLIENT_AUTHENTICATION_METHOD);
  }
}

void ModelRecheck(const v1::AuthorizeTokenRequestRequest& request, Modelled& m) {
  const v1::DecisionBasis& basis = request.basis();
  const bool is_code = request.grant_type() == "authorization_code";
  const bool removed = !IsRegistered(basis.redirect_uri(), *m.client);
  const bool weakened =
      basis.token_endpoint_auth_method() == "private_key_jwt" && !HasMethod(*m.client, "private_key_jwt");
  const bool replaced = basis.client() != m.client->name();
  if (replaced) m.Fail(v1::CHECK_REASON_CLIENT_REPLACED);
  if (is_code && removed) m.Fail(v1::CHECK_REASON_REDIRECT_URI_REMOVED);
  if (weakened) m.Fail(v1::CHECK_REASON_AUTH_METHOD_WEAKENED);
  if (is_code && !request.redirect_uri().empty() && request.redirect_uri() != basis.redirect_uri()) {
    m.Fail(v1::CHECK_REASON_REDIRECT_URI_CHANGED);
  }
  m.answer.document_changed = replaced || basis.document_version() != m.client->document_version();
  if (removed) m.answer.changed_since.push_back(v1::CHANGE_IMPACT_REDIRECT_REMOVED);
  if (weakened) m.answer.changed_since.push_back(v1::CHANGE_IMPACT_AUTH_METHOD_WEAKENED);
  if (basis.token_endpoint_auth_method() == "none" && !HasMethod(*m.client, "none")) {
    m.answer.changed_since.push_back(v1::CHANGE_IMPACT_AUTH_METHOD_STRENGTHENED);
  }
  if (!HasGrantType(*m.client, request.grant_type())) {
    m.answer.changed_since.push_back(v1::CHANGE_IMPACT_GRANT_TYPE_REMOVED);
  }
}

void ModelRedemption(const v1::AuthorizeTokenRequestRequest& request, Modelled& m) {
  const v1::DecisionBasis& basis = request.basis();
  if (basis.client().empty() || basis.audience().empty()) return m.Fail(v1::CHECK_REASON_AUTHORIZATION_MISSING);
  ModelRecheck(request, m);
  const string named = m.NameApi(request, /*required=*/false);
  if (!named.empty() && named != basis.audience()) m.Fail(v1::CHECK_REASON_EXCEEDS_AUTHORIZATION);
  m.FindApiAndGrant(basis.audience(), v1::SUBJECT_TYPE_USER);
  if (m.api == nullptr) return;
  const Set authorized = SetOf(basis.scopes());
  const bool offline_access = authorized.count("offline_access") > 0;
  if (request.grant_type() == "refresh_token" && !(offline_access && m.api->allow_offline_access())) {
    m.Fail(v1::CHECK_REASON_OFFLINE_ACCESS_NOT_ALLOWED);
  }
  m.answer.refresh_token_allowed = offline_access && m.MayGoOffline();
  if (m.grant == nullptr) return;
  std::vector<string> requested = Words(request.scope());
  if (requested.empty()) requested.assign(basis.scopes().begin(), basis.scopes().end());
  m.DecideScopes(requested, m.MayGoOffline(), &authorized, request.grant_type() == "authorization_code");
}

void ModelClientCredentials(const v1::AuthorizeTokenRequestRequest& request, Modelled& m) {
  const string named = m.NameApi(request, /*required=*/true);
  if (named.empty()) return;
  m.FindApiAndGrant(named, v1::SUBJECT_TYPE_CLIENT);
  if (m.grant == nullptr) return;
  std::vector<string> requested = Words(request.scope());
  if (requested.empty() && m.grant->allow_all_scopes()) {
    for (const auto& scope : m.api->scopes()) requested.push_back(scope.value());
  } else if (requested.empty()) {
    requested.assign(m.grant->scopes().begin(), m.grant->scopes().end());
  }
  m.DecideScopes(requested, false, nullptr);
}

}  // namespace

ModelAnswer Model(const World& world, const v1::AuthorizeRequestRequest& request) {
  Modelled m{world};
  m.FindClient(request.client_id());
  if (request.redirect_uri().empty()) {
    m.Fail(v1::CHECK_REASON_REDIRECT_URI_MISSING);
  } else if (m.client != nullptr && !IsRegistered(request.redirect_uri(), *m.client)) {
    m.Fail(v1::CHECK_REASON_REDIRECT_URI_MISMATCH);
  }
  const Set repeated = SetOf(request.repeated_parameters());
  m.answer.error_may_redirect = m.answer.reasons.empty() &&
                                repeated.count("client_id") + repeated.count("redirect_uri") == 0 &&
                                m.client->settings().redirection_policy() == v1::REDIRECTION_POLICY_ALLOW_ALWAYS;
  ModelRequestForm(request, m);
  if (m.client != nullptr && !HasGrantType(*m.client, "authorization_code")) {
    m.Fail(v1::CHECK_REASON_GRANT_TYPE_NOT_REGISTERED);
  }
  const string named = m.NameApi(request, /*required=*/true);
  if (m.client == nullptr) return m.Conclude();
  if (!named.empty()) m.FindApiAndGrant(named, v1::SUBJECT_TYPE_USER);
  if (m.grant != nullptr) m.DecideScopes(Words(request.scope()), m.MayGoOffline(), nullptr);
  ModelConnection(world, request.connection(), m);
  return m.Conclude();
}

ModelAnswer Model(const World& world, const v1::AuthorizeTokenRequestRequest& request) {
  Modelled m{world};
  m.FindClient(request.client_id());
  if (m.client != nullptr) ModelAuthentication(request, m);
  m.CheckRepeated(request);
  const string& grant_type = request.grant_type();
  if (grant_type.empty()) {
    m.Fail(v1::CHECK_REASON_GRANT_TYPE_MISSING);
  } else if (!Matches(grant_type, "authorization_code|refresh_token|client_credentials")) {
    m.Fail(v1::CHECK_REASON_GRANT_TYPE_UNSUPPORTED);
  } else if (m.client != nullptr) {
    const bool for_client = grant_type == "client_credentials";
    const bool registered = for_client ? HasMethod(*m.client, "private_key_jwt") : HasGrantType(*m.client, grant_type);
    if (!registered) m.Fail(v1::CHECK_REASON_GRANT_TYPE_NOT_REGISTERED);
    for_client ? ModelClientCredentials(request, m) : ModelRedemption(request, m);
  }
  return m.Conclude();
}

}  // namespace cimd::policy
