#include "client/cli/text/check_fixes.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "fmt/format.h"

namespace cimd::cli {
namespace {

using std::string_view;

struct FixTemplate {
  v1::CheckReason reason;
  string_view advice;
  // Command templates with placeholders in braces (see ValueOf). Empty entries are ignored.
  string_view commands[2];
};

constexpr string_view kChallenge =
    "the client has to send code_challenge, the base64url-encoded SHA-256 digest of its verifier, and "
    "code_challenge_method=S256";
constexpr string_view kNewAuthorization = "the client has to ask for authorization anew";

constexpr FixTemplate kFixes[] = {
    {v1::CHECK_REASON_CIMD_DISABLED, "", {"tenants update --cimd on"}},
    {v1::CHECK_REASON_CLIENT_ID_MISSING, "the client has to send client_id, the URL of its metadata document", {}},
    {v1::CHECK_REASON_CLIENT_UNKNOWN, "", {"clients register {client_id}"}},
    {v1::CHECK_REASON_CLIENT_BLOCKED, "", {"clients unblock {client_id}"}},
    {v1::CHECK_REASON_GRANT_TYPE_NOT_REGISTERED,
     "the client's publisher has to add the grant type to its document (for client_credentials: private_key_jwt); then",
     {"clients refresh {client_id}"}},

    {v1::CHECK_REASON_REDIRECT_URI_MISSING, "the client has to send one of its registered redirect URIs", {}},
    {v1::CHECK_REASON_REDIRECT_URI_MISMATCH,
     "the client has to send one of its registered redirect URIs, or its publisher to add this one to the document; "
     "then",
     {"clients refresh {client_id}"}},

    {v1::CHECK_REASON_RESPONSE_TYPE_MISSING, "the client has to send response_type=code", {}},
    {v1::CHECK_REASON_RESPONSE_TYPE_UNSUPPORTED, "the client has to send response_type=code", {}},
    {v1::CHECK_REASON_PKCE_MISSING, kChallenge, {}},
    {v1::CHECK_REASON_PKCE_METHOD, kChallenge, {}},
    {v1::CHECK_REASON_PKCE_MALFORMED, kChallenge, {}},
    {v1::CHECK_REASON_PARAMETER_FORBIDDEN,
     "the client has to leave the parameter out, or begin its name with ext- if it is one of its own",
     {}},
    {v1::CHECK_REASON_PARAMETER_REPEATED, "the client has to send the parameter once", {}},
    {v1::CHECK_REASON_GRANT_TYPE_UNSUPPORTED,
     "the client has to use authorization_code, refresh_token or client_credentials",
     {}},
    {v1::CHECK_REASON_GRANT_TYPE_MISSING, "the client has to send grant_type", {}},

    {v1::CHECK_REASON_AUDIENCE_MISSING,
     "the client has to name an API with audience, or the tenant to let resource name one",
     {"tenants update --resource_profile compatibility"}},
    {v1::CHECK_REASON_AUDIENCE_UNKNOWN,
     "the client has to name an API of `cimdctl apis list`, or this one to be created",
     {"apis create {audience}{scopes}"}},
    {v1::CHECK_REASON_RESOURCE_MALFORMED,
     "the client has to send the API's identifier as resource, an absolute URI",
     {}},
    {v1::CHECK_REASON_RESOURCE_AMBIGUOUS, "the client has to name one API in a request", {}},
    {v1::CHECK_REASON_ACCESS_DENIED_BY_API, "", {"apis update {audience} --{subject} require_client_grant"}},
    {v1::CHECK_REASON_GRANT_MISSING,
     "",
     {"grants create --client {client_id} --audience {audience} --subject {subject}{known_scopes}"}},
    {v1::CHECK_REASON_SCOPES_NOT_GRANTED,
     "the client has to ask for scopes that it has, or the grant to be widened",
     {"apis update {audience}{unknown_scopes}", "grants update {grant}{dropped_scopes}"}},
    {v1::CHECK_REASON_EXCEEDS_AUTHORIZATION,
     "the client has to keep to the API and the scopes that were authorized, or to ask for authorization anew",
     {}},
    {v1::CHECK_REASON_OFFLINE_ACCESS_NOT_ALLOWED,
     "the API has to allow offline_access, and the client to ask for authorization with it",
     {"apis update {audience} --offline_access on"}},

    {v1::CHECK_REASON_CONNECTION_UNKNOWN,
     "the client has to name a connection of `cimdctl connections list --domain`, or this one to be created",
     {"connections create {connection} --strategy STRATEGY --domain"}},
    {v1::CHECK_REASON_CONNECTION_NOT_DOMAIN_LEVEL, "", {"connections promote {connection}"}},
    {v1::CHECK_REASON_CONNECTION_NONE,
     "any connection of `cimdctl connections list` will do",
     {"connections promote NAME"}},

    {v1::CHECK_REASON_CLIENT_AUTHENTICATION_MISSING,
     "the client has to authenticate with private_key_jwt, as its document says",
     {}},
    {v1::CHECK_REASON_CLIENT_AUTHENTICATION_FAILED,
     "the client has to sign its assertion with one of the keys that its document names",
     {}},
    {v1::CHECK_REASON_CLIENT_AUTHENTICATION_METHOD,
     "the client has to use a method of its document, or its publisher to add this one; then",
     {"clients refresh {client_id}"}},
    {v1::CHECK_REASON_REDIRECT_URI_REMOVED, kNewAuthorization, {}},
    {v1::CHECK_REASON_AUTH_METHOD_WEAKENED,
     "the client's publisher has to restore private_key_jwt, or the client to ask for authorization anew",
     {}},
    {v1::CHECK_REASON_REDIRECT_URI_CHANGED,
     "the client has to send the redirect_uri that it asked for authorization with",
     {}},
    {v1::CHECK_REASON_CLIENT_REPLACED, kNewAuthorization, {}},
    {v1::CHECK_REASON_AUTHORIZATION_MISSING,
     "the authorization server has to hand in the basis of the decision that it issued the code or refresh token on",
     {}},
};

std::vector<std::string> RequestedScopes(const FixFacts& facts) {
  return absl::StrSplit(facts.scope, ' ', absl::SkipEmpty());
}

bool IsKnown(const FixFacts& facts, const std::string& scope) {
  if (facts.resource_server == nullptr) return false;
  const auto& known = facts.resource_server->scopes();
  return std::any_of(known.begin(), known.end(), [&](const auto& candidate) { return candidate.value() == scope; });
}

// Scopes of OpenID Connect, which are never scopes of an API.
bool IsReserved(string_view scope) {
  static constexpr string_view kReserved[] = {"address", "email", "offline_access", "openid", "phone", "profile"};
  return std::find(std::begin(kReserved), std::end(kReserved), scope) != std::end(kReserved);
}

// Whether `text` can be an argument on a command line. Text that begins with a hyphen would be parsed as an option.
bool IsArgument(string_view text) { return !text.empty() && !text.starts_with('-'); }

std::optional<std::string> Argument(string_view text) {
  return IsArgument(text) ? std::optional(ShellWord(text)) : std::nullopt;
}

std::string ScopeOptions(string_view option, const std::vector<std::string>& scopes) {
  std::string options;
  for (const std::string& scope : scopes) {
    if (IsArgument(scope)) options += fmt::format(" {} {}", option, ShellWord(scope));
  }
  return options;
}

// Like ScopeOptions, but nullopt without scopes: the command would have no effect.
std::optional<std::string> RequiredScopeOptions(string_view option, const std::vector<std::string>& scopes) {
  std::string options = ScopeOptions(option, scopes);
  return options.empty() ? std::nullopt : std::optional(std::move(options));
}

// The identifier of the requested API; nullopt when it is unknown.
std::optional<std::string> Audience(const FixFacts& facts) {
  if (facts.resource_server != nullptr) return ShellWord(facts.resource_server->identifier());
  if (!facts.audience.empty() || facts.resources.empty()) return Argument(facts.audience);
  return Argument(facts.resources.front());
}

// The value of a placeholder; nullopt when `facts` does not contain it.
std::optional<std::string> ValueOf(string_view name, const FixFacts& facts) {
  std::vector<std::string> scopes;
  if (name == "client_id") return Argument(facts.client_id);
  if (name == "audience") return Audience(facts);
  if (name == "connection") return Argument(facts.connection);
  if (name == "grant") return Argument(facts.client_grant.substr(facts.client_grant.rfind('/') + 1));
  if (name == "subject") return facts.subject_type == v1::SUBJECT_TYPE_CLIENT ? "client" : "user";
  if (name == "scopes" || name == "known_scopes") {
    for (std::string& scope : RequestedScopes(facts)) {
      const bool wanted = name == "scopes" ? !IsReserved(scope) : IsKnown(facts, scope);
      if (wanted && std::find(scopes.begin(), scopes.end(), scope) == scopes.end()) scopes.push_back(std::move(scope));
    }
    return ScopeOptions("--scope", scopes);
  }
  const bool only_unknown = name == "unknown_scopes";
  for (const v1::DroppedScope& dropped : facts.dropped_scopes) {
    if (dropped.reason() == v1::DroppedScope::REASON_UNKNOWN ||
        (!only_unknown && dropped.reason() == v1::DroppedScope::REASON_NOT_GRANTED)) {
      scopes.push_back(dropped.scope());
    }
  }
  return RequiredScopeOptions("--add_scope", scopes);
}

std::optional<std::string> Filled(string_view command, const FixFacts& facts) {
  std::string text = "cimdctl ";
  if (!facts.tenant.empty() && facts.tenant != "default") text += "--tenant " + ShellWord(facts.tenant) + " ";
  while (!command.empty()) {
    const size_t open = std::min(command.find('{'), command.size());
    text += command.substr(0, open);
    command.remove_prefix(open);
    if (command.empty()) break;
    const size_t close = command.find('}');
    std::optional<std::string> value = ValueOf(command.substr(1, close - 1), facts);
    if (!value.has_value()) return std::nullopt;
    text += *value;
    command.remove_prefix(close + 1);
  }
  return text;
}

}  // namespace

CheckFix FixFor(v1::CheckReason reason, const FixFacts& facts) {
  CheckFix fix;
  const auto* found = std::find_if(std::begin(kFixes), std::end(kFixes),
                                   [&](const FixTemplate& candidate) { return candidate.reason == reason; });
  if (found == std::end(kFixes)) return fix;
  fix.advice = found->advice;
  // The commands make the tenant accept the resource parameter, which helps only requests that contain one.
  if (reason == v1::CHECK_REASON_AUDIENCE_MISSING && facts.resources.empty()) return fix;
  for (string_view command : found->commands) {
    if (command.empty()) continue;
    if (std::optional<std::string> filled = Filled(command, facts)) fix.commands.push_back(*std::move(filled));
  }
  return fix;
}

std::string ShellWord(string_view text) {
  constexpr string_view kPlain = "%+,-./:=@_";
  const bool plain = std::all_of(text.begin(), text.end(), [&](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || kPlain.find(c) != string_view::npos;
  });
  if (plain && !text.empty()) return std::string(text);
  std::string word = "'";
  for (char c : text) word += c == '\'' ? "'\\''" : std::string(1, c);
  return word + "'";
}

}  // namespace cimd::cli
