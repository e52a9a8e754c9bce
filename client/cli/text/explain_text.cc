#include "client/cli/text/explain_text.h"

#include <algorithm>
#include <string_view>

#include "client/cli/text/check_fixes.h"
#include "client/cli/text/message_text.h"
#include "client/cli/text/printable_text.h"
#include "client/cli/text/table.h"
#include "fmt/format.h"

namespace cimd::cli {
namespace {

// A check of a decision. It failed if the response contains one of `reasons`. Otherwise it passed if `made`: the server
// got as far as this check.
struct Check {
  std::string_view passed;
  bool made;
  std::vector<v1::CheckReason> reasons;
};

template <typename Response>
bool HasFailed(const Response& response, const std::vector<v1::CheckReason>& reasons) {
  const auto& failed = response.failed_checks();
  return std::any_of(failed.begin(), failed.end(), [&](const v1::FailedCheck& check) {
    return std::find(reasons.begin(), reasons.end(), check.reason()) != reasons.end();
  });
}

std::vector<Check> ChecksOf(const v1::AuthorizeRequestRequest&, const v1::AuthorizeRequestResponse& response) {
  const bool client = response.has_client();
  const bool api = response.has_resource_server();
  return {
      {"the tenant supports metadata documents", true, {v1::CHECK_REASON_CIMD_DISABLED}},
      {"the client is registered", true, {v1::CHECK_REASON_CLIENT_ID_MISSING, v1::CHECK_REASON_CLIENT_UNKNOWN}},
      {"the client is not blocked", client, {v1::CHECK_REASON_CLIENT_BLOCKED}},
      {"the redirect URI is one of the client's",
       client,
       {v1::CHECK_REASON_REDIRECT_URI_MISSING, v1::CHECK_REASON_REDIRECT_URI_MISMATCH}},
      {"no parameter is forbidden or repeated",
       true,
       {v1::CHECK_REASON_PARAMETER_FORBIDDEN, v1::CHECK_REASON_PARAMETER_REPEATED}},
      {"response_type is code",
       true,
       {v1::CHECK_REASON_RESPONSE_TYPE_MISSING, v1::CHECK_REASON_RESPONSE_TYPE_UNSUPPORTED}},
      {"PKCE is used, with S256",
       true,
       {v1::CHECK_REASON_PKCE_MISSING, v1::CHECK_REASON_PKCE_METHOD, v1::CHECK_REASON_PKCE_MALFORMED}},
      {"the client is registered for authorization_code", client, {v1::CHECK_REASON_GRANT_TYPE_NOT_REGISTERED}},
      {"one API is named",
       true,
       {v1::CHECK_REASON_AUDIENCE_MISSING, v1::CHECK_REASON_RESOURCE_MALFORMED, v1::CHECK_REASON_RESOURCE_AMBIGUOUS}},
      {"the API exists", api, {v1::CHECK_REASON_AUDIENCE_UNKNOWN}},
      {"the API is open to clients that act for users", api, {v1::CHECK_REASON_ACCESS_DENIED_BY_API}},
      {"a grant lets the client use the API", api, {v1::CHECK_REASON_GRANT_MISSING}},
      {"the scopes are granted, or some of them",
       !response.client_grant().empty(),
       {v1::CHECK_REASON_SCOPES_NOT_GRANTED}},
      {"there is a connection to log in through",
       client,
       {v1::CHECK_REASON_CONNECTION_UNKNOWN, v1::CHECK_REASON_CONNECTION_NOT_DOMAIN_LEVEL,
        v1::CHECK_REASON_CONNECTION_NONE}},
  };
}

std::vector<Check> ChecksOf(const v1::AuthorizeTokenRequestRequest& request,
                            const v1::AuthorizeTokenRequestResponse& response) {
  const bool client = response.has_client();
  const bool api = response.has_resource_server();
  const bool for_client_itself = request.grant_type() == "client_credentials";
  const bool went_on =
      client && !HasFailed(response, {v1::CHECK_REASON_GRANT_TYPE_MISSING, v1::CHECK_REASON_GRANT_TYPE_UNSUPPORTED});
  std::vector<Check> checks = {
      {"the tenant supports metadata documents", true, {v1::CHECK_REASON_CIMD_DISABLED}},
      {"the client is registered", true, {v1::CHECK_REASON_CLIENT_ID_MISSING, v1::CHECK_REASON_CLIENT_UNKNOWN}},
      {"the client is not blocked", client, {v1::CHECK_REASON_CLIENT_BLOCKED}},
      {"the client has authenticated as it has to",
       client,
       {v1::CHECK_REASON_CLIENT_AUTHENTICATION_MISSING, v1::CHECK_REASON_CLIENT_AUTHENTICATION_FAILED,
        v1::CHECK_REASON_CLIENT_AUTHENTICATION_METHOD}},
      {"no parameter is repeated", true, {v1::CHECK_REASON_PARAMETER_REPEATED}},
      {"the grant type is supported",
       true,
       {v1::CHECK_REASON_GRANT_TYPE_MISSING, v1::CHECK_REASON_GRANT_TYPE_UNSUPPORTED}},
      {"the client is registered for the grant type", went_on, {v1::CHECK_REASON_GRANT_TYPE_NOT_REGISTERED}},
  };
  if (for_client_itself) {
    checks.push_back({"one API is named",
                      went_on,
                      {v1::CHECK_REASON_AUDIENCE_MISSING, v1::CHECK_REASON_RESOURCE_MALFORMED,
                       v1::CHECK_REASON_RESOURCE_AMBIGUOUS}});
  } else {
    const bool authorized = went_on && !HasFailed(response, {v1::CHECK_REASON_AUTHORIZATION_MISSING});
    checks.push_back({"an authorization was given", went_on, {v1::CHECK_REASON_AUTHORIZATION_MISSING}});
    checks.push_back({"what the authorization relied on still holds",
                      authorized,
                      {v1::CHECK_REASON_CLIENT_REPLACED, v1::CHECK_REASON_REDIRECT_URI_REMOVED,
                       v1::CHECK_REASON_AUTH_METHOD_WEAKENED, v1::CHECK_REASON_REDIRECT_URI_CHANGED}});
    checks.push_back({"the request keeps to what was authorized",
                      authorized,
                      {v1::CHECK_REASON_EXCEEDS_AUTHORIZATION, v1::CHECK_REASON_RESOURCE_MALFORMED,
                       v1::CHECK_REASON_RESOURCE_AMBIGUOUS}});
  }
  checks.push_back({"the API exists", api, {v1::CHECK_REASON_AUDIENCE_UNKNOWN}});
  checks.push_back({for_client_itself ? "the API is open to clients that act for themselves"
                                      : "the API is open to clients that act for users",
                    api,
                    {v1::CHECK_REASON_ACCESS_DENIED_BY_API}});
  checks.push_back({"a grant lets the client use the API", api, {v1::CHECK_REASON_GRANT_MISSING}});
  if (request.grant_type() == "refresh_token") {
    checks.push_back({"offline_access was and is allowed", api, {v1::CHECK_REASON_OFFLINE_ACCESS_NOT_ALLOWED}});
  }
  checks.push_back({"the scopes are granted, or some of them",
                    !response.client_grant().empty(),
                    {v1::CHECK_REASON_SCOPES_NOT_GRANTED}});
  return checks;
}

template <typename Request, typename Response>
FixFacts FactsOf(const Request& request, const Response& response) {
  FixFacts facts;
  facts.tenant = request.parent().substr(request.parent().find('/') + 1);
  facts.client_id = request.client_id();
  facts.audience = request.audience();
  facts.resources.assign(request.resources().begin(), request.resources().end());
  facts.scope = request.scope();
  if (response.has_resource_server()) facts.resource_server = &response.resource_server();
  facts.client_grant = response.client_grant();
  facts.dropped_scopes.assign(response.dropped_scopes().begin(), response.dropped_scopes().end());
  return facts;
}

FixFacts FixFactsOf(const v1::AuthorizeRequestRequest& request, const v1::AuthorizeRequestResponse& response) {
  FixFacts facts = FactsOf(request, response);
  facts.connection = request.connection();
  return facts;
}

FixFacts FixFactsOf(const v1::AuthorizeTokenRequestRequest& request,
                    const v1::AuthorizeTokenRequestResponse& response) {
  FixFacts facts = FactsOf(request, response);
  if (request.grant_type() == "client_credentials") {
    facts.subject_type = v1::SUBJECT_TYPE_CLIENT;
  } else {
    facts.audience = request.basis().audience();
  }
  return facts;
}

// A heading and the lines below it; empty when there are no lines.
std::string Section(std::string_view heading, std::string_view lines) {
  std::string text;
  if (lines.empty()) return text;
  text += fmt::format("\n{}\n", heading);
  while (!lines.empty()) {
    const size_t length = lines.find('\n') + 1;
    text += fmt::format("  {}", lines.substr(0, length));
    lines.remove_prefix(length);
  }
  return text;
}

std::string FailedText(const v1::FailedCheck& check, const FixFacts& facts, const Style& style) {
  std::string text = style.Red(ShortEnumName(check.reason())) + "  " + Printable(check.error());
  if (!check.parameter().empty()) text += "  parameter " + Printable(check.parameter());
  text += fmt::format("\n  {}\n", Printable(check.description()));
  const CheckFix fix = FixFor(check.reason(), facts);
  std::string_view margin = "  fix: ";
  if (!fix.advice.empty()) {
    text += fmt::format("{}{}\n", margin, fix.advice);
    margin = "       ";
  }
  for (const std::string& command : fix.commands) {
    text += fmt::format("{}{}\n", margin, style.Green(Printable(command)));
    margin = "       ";
  }
  return text;
}

template <typename Request, typename Response>
std::string ChecksText(const Request& request, const Response& response, const Style& style) {
  const FixFacts facts = FixFactsOf(request, response);
  std::string failed;
  for (const v1::FailedCheck& check : response.failed_checks()) failed += FailedText(check, facts, style);
  std::string passed;
  std::string not_made;
  for (const Check& check : ChecksOf(request, response)) {
    if (!HasFailed(response, check.reasons)) (check.made ? passed : not_made) += fmt::format("{}\n", check.passed);
  }
  return Section("FAILED", failed) + Section("PASSED", passed) +
         Section("NOT CHECKED, for want of what failed", not_made);
}

std::string_view Explanation(v1::DroppedScope::Reason reason) {
  switch (reason) {
    case v1::DroppedScope::REASON_UNKNOWN:
      return "the API has no such scope";
    case v1::DroppedScope::REASON_NOT_GRANTED:
      return "the grant does not have it";
    case v1::DroppedScope::REASON_OPENID_NOT_SUPPORTED:
      return "third-party clients get no identity of the user";
    case v1::DroppedScope::REASON_OFFLINE_ACCESS_NOT_ALLOWED:
      return "the API allows none, or the client is not registered for refresh_token";
    case v1::DroppedScope::REASON_NOT_AUTHORIZED:
      return "the authorization did not have it";
    default:
      return "";
  }
}

template <typename Response>
std::string ScopesText(const Response& response) {
  Table scopes;
  for (const std::string& scope : response.scopes()) {
    const auto& known = response.resource_server().scopes();
    const auto found =
        std::find_if(known.begin(), known.end(), [&](const auto& each) { return each.value() == scope; });
    scopes.AddRow({scope, found == known.end() ? "" : found->description()});
  }
  Table dropped;
  for (const v1::DroppedScope& each : response.dropped_scopes()) {
    dropped.AddRow({each.scope(), ShortEnumName(each.reason()), std::string(Explanation(each.reason()))});
  }
  std::string effective = scopes.Render();
  if (effective.empty() && response.allowed()) effective = "(none)\n";
  return Section("SCOPES", effective) + Section("DROPPED SCOPES", dropped.Render());
}

template <typename Response>
std::string BasisText(const Response& response) {
  Table table;
  if (response.has_client()) {
    const v1::ClientMetadata& metadata = response.client().metadata();
    table.AddRow({"client", response.client().name(), metadata.client_name()});
    table.AddRow({"document_version", std::to_string(response.basis().document_version())});
    bool first = true;
    for (const std::string& callback : metadata.callbacks()) {
      table.AddRow({first ? "redirect URIs" : "", callback});
      first = false;
    }
  }
  if (response.has_resource_server()) {
    table.AddRow({"API", response.resource_server().name(), response.resource_server().identifier()});
  }
  if (!response.client_grant().empty()) table.AddRow({"grant", response.client_grant()});
  table.AddRow({"revision", std::to_string(response.basis().revision())});
  return Section("DECIDED ON", table.Render());
}

template <typename Response>
std::string Verdict(const Response& response, const Style& style) {
  if (response.allowed()) return style.Green("ALLOWED") + "\n";
  return fmt::format("{}  {}: {}\n", style.Red("DENIED"), Printable(response.error()),
                     Printable(response.error_description()));
}

}  // namespace

std::string ExplainText(const v1::AuthorizeRequestRequest& request, const v1::AuthorizeRequestResponse& response,
                        const std::vector<std::string>& assumed, const Style& style) {
  std::string text = Verdict(response, style);
  text += response.error_may_redirect() ? "errors may be sent to the redirect URI\n"
                                        : "errors have to be shown on a page, not sent to the redirect URI\n";
  for (const std::string& assumption : assumed) text += fmt::format("assumed: {}\n", Printable(assumption));
  text += ChecksText(request, response, style) + ScopesText(response);
  Table connections;
  for (const v1::ConnectionReference& connection : response.connections()) {
    connections.AddRow({connection.connection_name(), connection.strategy(), connection.display_name()});
  }
  text += Section("CONNECTIONS", connections.Render());
  Table consent;
  if (response.has_consent()) {
    for (const FieldText& field : FieldsOf(response.consent())) consent.AddRow({field.path, field.value});
  }
  return text + Section("CONSENT", consent.Render()) + BasisText(response);
}

std::string ExplainText(const v1::AuthorizeTokenRequestRequest& request,
                        const v1::AuthorizeTokenRequestResponse& response, const Style& style) {
  std::string text = Verdict(response, style) + ChecksText(request, response, style) + ScopesText(response);
  Table token;
  if (response.allowed()) {
    token.AddRow({"token_lifetime_seconds", std::to_string(response.token_lifetime_seconds())});
    token.AddRow({"refresh_token_allowed", response.refresh_token_allowed() ? "true" : "false"});
  }
  text += Section("TOKEN", token.Render());
  Table changes;
  if (response.document_changed()) changes.AddRow({"another document version is in force"});
  for (int impact : response.changed_since()) changes.AddRow({ShortEnumName(static_cast<v1::ChangeImpact>(impact))});
  return text + Section("CHANGED SINCE THE AUTHORIZATION", changes.Render()) + BasisText(response);
}

}  // namespace cimd::cli
