#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/cli/commands/admin/admin_commands.h"
#include "client/cli/text/message_text.h"
#include "client/cli/text/printable_text.h"
#include "client/cli/text/table.h"
#include "client/pagination.h"
#include "fmt/format.h"
#include "fmt/ranges.h"

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

// The name of the token that an operator means with its name or its id.
std::string TokenName(const Session& session, bool platform, const std::string& reference) {
  if (reference.find('/') != std::string::npos) return reference;
  return fmt::format("{}/accessTokens/{}", Owner(session, platform), reference);
}

// "90d", "12h", "30m": a lifetime as people write it. ZeroDuration for anything else.
absl::Duration ParseLifetime(const std::string& text) {
  int days = 0;
  if (text.ends_with('d') && absl::SimpleAtoi(text.substr(0, text.size() - 1), &days)) {
    return days > 0 ? days * absl::Hours(24) : absl::ZeroDuration();
  }
  absl::Duration lifetime;
  if (!absl::ParseDuration(text, &lifetime) || lifetime < absl::ZeroDuration()) return absl::ZeroDuration();
  return lifetime;
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
      const absl::Duration duration = ParseLifetime(*lifetime);
      if (duration <= absl::ZeroDuration()) return session.Refuse("--lifetime: must be such as 90d, 12h or 30m");
      request.mutable_access_token()->mutable_expire_time()->set_seconds(absl::ToUnixSeconds(absl::Now() + duration));
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

void AddRevoke(CLI::App* command, Commands& commands) {
  auto reference = AddValue<std::string>(command, "token", "Its id or name", true);
  auto platform = AddPlatformFlag(command);
  commands.Remote(command, [=](Session& session) -> Outcome {
    v1::RevokeAccessTokenRequest request;
    request.set_name(TokenName(session, *platform, *reference));
    auto token = session.connection().Call(&client::Admin::RevokeAccessToken, request);
    if (!token.ok()) return token.status();
    return session.Print(*token, fmt::format("revoked {}\n", Printable(token->name())));
  });
}

}  // namespace

void AddTokenCommands(CLI::App& root, Commands& commands) {
  CLI::App* tokens = root.add_subcommand("tokens", "Access tokens of callers")->require_subcommand(1);
  AddList(tokens->add_subcommand("list", "Lists a tenant's tokens, or the platform's"), commands);
  AddCreate(tokens->add_subcommand("create", "Makes a token and shows it, once"), commands);
  AddShow(tokens->add_subcommand("show", "Shows all about a token but the token itself"), commands);
  AddRevoke(tokens->add_subcommand("revoke", "Makes a token useless, at once"), commands);
}

}  // namespace cimd::cli
