#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/cli/commands/admin/admin_commands.h"
#include "client/cli/input/duration_text.h"
#include "client/cli/session/confirmation.h"
#include "client/cli/text/message_text.h"
#include "client/cli/text/printable_text.h"
#include "client/cli/text/report_text.h"
#include "client/cli/text/table.h"
#include "client/pagination.h"
#include "fmt/format.h"
#include "fmt/ranges.h"
#include "nlohmann/json.hpp"
#include "server/rpc/method_table.h"

// cimdctl tokens ...
namespace cimd::cli {
namespace {

constexpr int kPageSize = 500;

std::shared_ptr<bool> AddPlatformFlag(CLI::App* command) {
  auto platform = std::make_shared<bool>(false);
  command->add_flag("--platform", *platform, "For tokens that are bound to no tenant");
  return platform;
}

std::string Owner(const Session& session, bool platform) { return platform ? "platform" : session.tenant_name(); }

// Resolves an id or a resource name to the resource name of the token.
std::string TokenName(const Session& session, bool platform, const std::string& reference) {
  if (reference.find('/') != std::string::npos) return reference;
  return fmt::format("{}/accessTokens/{}", Owner(session, platform), reference);
}

std::string StateOf(const v1::AccessToken& token) {
  if (token.has_revoke_time()) return "REVOKED";
  return token.has_expire_time() && token.expire_time().seconds() <= absl::ToUnixSeconds(absl::Now()) ? "EXPIRED"
                                                                                                      : "ACTIVE";
}

void AddList(CLI::App* command, Commands& commands) {
  auto platform = AddPlatformFlag(command);
  commands.Remote(command, [platform](Session& session) -> Outcome {
    v1::ListAccessTokensRequest request;
    request.set_parent(Owner(session, *platform));
    request.set_page_size(kPageSize);
    v1::ListAccessTokensResponse all;
    Table table({"ID", "STATE", "LAST USE", "EXPIRES", "SCOPES", "DISPLAY NAME"});
    for (absl::StatusOr<v1::AccessToken>& token : client::ListAccessTokens(session.connection(), request)) {
      if (!token.ok()) return token.status();
      table.AddRow({token->name().substr(token->name().rfind('/') + 1), StateOf(*token),
                    token->has_last_use_time() ? TimeText(token->last_use_time()) : "never",
                    token->has_expire_time() ? TimeText(token->expire_time()) : "never",
                    fmt::format("{}", fmt::join(token->scopes(), " ")), token->display_name()});
      *all.add_access_tokens() = *std::move(token);
    }
    return session.Print(all, table.Render());
  });
}

void AddCreate(CLI::App* command, Commands& commands) {
  auto display_name = AddValue<std::string>(command, "name", "What it is for, for people", true);
  auto scopes = std::make_shared<std::vector<std::string>>();
  AddRepeatable(command, "--scope", *scopes, "What its bearer may do, as `tokens scopes` lists it; repeatable")
      ->required();
  auto lifetime =
      AddValue<std::string>(command, "--lifetime", "How long it works, such as 90d or 12h; default: for ever");
  auto platform = AddPlatformFlag(command);
  commands.Remote(command, [=](Session& session) -> Outcome {
    v1::CreateAccessTokenRequest request;
    request.set_parent(Owner(session, *platform));
    request.mutable_access_token()->set_display_name(*display_name);
    for (const std::string& scope : *scopes) request.mutable_access_token()->add_scopes(scope);
    if (!lifetime->empty()) {
      const absl::StatusOr<absl::Duration> duration = ParseDurationText(*lifetime);
      if (!duration.ok())
        return session.Refuse(fmt::format("--lifetime: {}", std::string(duration.status().message())));
      request.mutable_access_token()->mutable_expire_time()->set_seconds(absl::ToUnixSeconds(absl::Now() + *duration));
    }
    auto response = session.connection().Call(&client::Admin::CreateAccessToken, request);
    if (!response.ok()) return response.status();
    session.Print(*response, fmt::format("{}\n{}\n\n{}\n", FieldTable(response->access_token()),
                                         session.style().Alarm("The token, which is shown this once:"),
                                         Printable(response->token())));
    if (session.console().out.flush()) return kExitOk;
    session.console().err << Printable(fmt::format("the token is lost; revoke it: cimdctl tokens revoke {}",
                                                   response->access_token().name()))
                          << "\n";
    return kExitFailed;
  });
}

void AddShow(CLI::App* command, Commands& commands) {
  auto reference = AddValue<std::string>(command, "token", "Its id or name", true);
  auto platform = AddPlatformFlag(command);
  commands.Remote(command, [=](Session& session) -> Outcome {
    v1::GetAccessTokenRequest request;
    request.set_name(TokenName(session, *platform, *reference));
    auto token = session.connection().Call(&client::Admin::GetAccessToken, request);
    if (!token.ok()) return token.status();
    return session.Print(*token);
  });
}

// Whether this is the last active platform token that can create access tokens. Also false when the caller may not list
// the tokens.
bool IsLastPlatformToken(const Session& session, const std::string& name) {
  constexpr std::string_view kPlatform = "platform";
  if (!name.starts_with("platform/")) return false;
  v1::ListAccessTokensRequest request;
  request.set_parent(std::string(kPlatform));
  request.set_page_size(kPageSize);
  bool is_one = false;
  for (absl::StatusOr<v1::AccessToken>& token : client::ListAccessTokens(session.connection(), request)) {
    if (!token.ok()) return false;
    const auto& scopes = token->scopes();
    const bool makes_others = std::any_of(scopes.begin(), scopes.end(), [](const std::string& scope) {
      return scope == "*" || scope == "create:access_tokens";
    });
    if (StateOf(*token) != "ACTIVE" || !makes_others) continue;
    if (token->name() != name) return false;
    is_one = true;
  }
  return is_one;
}

void AddRevoke(CLI::App* command, Commands& commands) {
  auto reference = AddValue<std::string>(command, "token", "Its id or name", true);
  auto platform = AddPlatformFlag(command);
  auto confirmation = AddConfirmation(command, "Although it is the last platform token that can make others");
  commands.Remote(command, [=](Session& session) -> Outcome {
    v1::RevokeAccessTokenRequest request;
    request.set_name(TokenName(session, *platform, *reference));
    std::string question = fmt::format("Revoke access token {}?", request.name());
    if (!confirmation->force && IsLastPlatformToken(session, request.name())) {
      const std::string last = fmt::format(
          "{} is the last platform token that can make others. Without it, only `cimdctl admin recover-token` on the "
          "server's host makes a new one",
          request.name());
      if (!WillAsk(session, *confirmation)) {
        session.console().err << UsageErrorText(last + "; --force revokes it all the same", session.style());
        return kExitFailed;
      }
      question = last + ". Revoke it?";
    }
    if (!Confirm(session, *confirmation, question)) return kExitFailed;
    auto token = session.connection().Call(&client::Admin::RevokeAccessToken, request);
    if (!token.ok()) return token.status();
    return session.Print(*token, fmt::format("revoked {}\n", Printable(token->name())));
  });
}

// Maps each scope to the methods that it allows.
std::map<std::string_view, std::vector<std::string_view>> MethodsByScope() {
  std::map<std::string_view, std::vector<std::string_view>> methods;
  for (const rpc::Method& method : rpc::kMethodTable) {
    for (std::string_view scope : method.scopes) {
      if (!scope.empty()) methods[scope].push_back(method.name.substr(method.name.rfind('/') + 1));
    }
  }
  return methods;
}

// Describes the scopes that control only a part of a call; empty for other scopes.
std::string FurtherScopeText(std::string_view scope) {
  if (scope == "read:connections_options") return "to see the secrets in the options of connections";
  if (scope == "create:unbounded_access_tokens")
    return "to make tokens that outlive their maker's; * does not include it";
  return "";
}

Outcome ListScopes(Session& session) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  Table table({"SCOPE", "ALLOWS"});
  const auto add = [&](std::string_view scope, const std::string& allows) {
    table.AddRow({std::string(scope), allows});
    nlohmann::ordered_json entry;
    entry["scope"] = std::string(scope);
    entry["allows"] = allows;
    json.push_back(std::move(entry));
  };
  add("*", "every method");
  for (const auto& [scope, methods] : MethodsByScope()) add(scope, fmt::format("{}", fmt::join(methods, ", ")));
  for (std::string_view scope : rpc::kFurtherScopes) add(scope, FurtherScopeText(scope));
  session.console().out << (session.json() ? json.dump(1) + "\n" : table.Render());
  return kExitOk;
}

}  // namespace

void AddTokenCommands(CLI::App& root, Commands& commands) {
  CLI::App* tokens = root.add_subcommand("tokens", "Access tokens of callers")->require_subcommand(1);
  AddList(tokens->add_subcommand("list", "Lists a tenant's tokens, or the platform's"), commands);
  AddCreate(tokens->add_subcommand("create", "Makes a token and shows it, once"), commands);
  commands.Local(tokens->add_subcommand("scopes", "Lists the scopes and what each allows"), ListScopes);
  AddShow(tokens->add_subcommand("show", "Shows all about a token but the token itself"), commands);
  AddRevoke(tokens->add_subcommand("revoke", "Makes a token useless, at once"), commands);
}

}  // namespace cimd::cli
