#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/cli/commands/commands.h"
#include "client/cli/input/setting_options.h"
#include "client/cli/session/confirmation.h"
#include "client/cli/text/message_text.h"
#include "client/cli/text/printable_text.h"
#include "client/cli/text/table.h"
#include "client/pagination.h"
#include "client/status.h"
#include "fmt/format.h"

// cimdctl apis ...
namespace cimd::cli {
namespace {

constexpr int kPageSize = 500;

SettingValues AddApiSettings(CLI::App* command) {
  return AddSettingOptions(
      command, {{"--name,--display_name", "display_name", "For people"},
                {"--user", "subject_type_authorization.user",
                 "allow_all, require_client_grant or deny_all: who may get tokens that speak for users; third-party "
                 "clients need a grant in any case"},
                {"--client", "subject_type_authorization.client",
                 "require_client_grant or deny_all: who may get tokens that speak for the client itself"},
                {"--offline_access", "allow_offline_access", "on or off: whether refresh tokens may be issued"},
                {"--token_lifetime", "token_lifetime_seconds", "Seconds, or such as 12h; empty for the default, a day",
                 /*is_duration=*/true}});
}

std::shared_ptr<std::vector<std::string>> AddScopeOption(CLI::App* command, const std::string& name,
                                                         const std::string& description) {
  auto scopes = std::make_shared<std::vector<std::string>>();
  AddRepeatable(command, name, *scopes, description);
  return scopes;
}

// Adds scopes given as "value" or "value=description". An empty text adds none, so the operator can remove all scopes.
// An existing scope gets the new description.
void AddScopes(const std::vector<std::string>& given, v1::ResourceServer& api) {
  for (const std::string& text : given) {
    if (text.empty()) continue;
    const size_t equals = text.find('=');
    const std::string value = text.substr(0, equals);
    auto& scopes = *api.mutable_scopes();
    auto found = std::find_if(scopes.begin(), scopes.end(), [&](const auto& scope) { return scope.value() == value; });
    v1::ResourceServerScope& scope = found == scopes.end() ? *scopes.Add() : *found;
    scope.set_value(value);
    if (equals != std::string::npos) scope.set_description(text.substr(equals + 1));
  }
}

std::string ApiText(const v1::ResourceServer& api) {
  Table scopes;
  for (const v1::ResourceServerScope& scope : api.scopes()) {
    scopes.AddRow({"scope", scope.value(), scope.description()});
  }
  return FieldTable(api) + scopes.Render();
}

Outcome PrintApi(const Session& session, const absl::StatusOr<v1::ResourceServer>& api) {
  if (!api.ok()) return api.status();
  return session.Print(*api, ApiText(*api));
}

absl::StatusOr<v1::ResourceServer> GetApi(const Session& session, const std::string& name) {
  v1::GetResourceServerRequest request;
  request.set_name(name);
  return session.connection().Call(&client::Grants::GetResourceServer, request);
}

// Finds an API by its identifier, its id, or its resource name. Identifiers are free text and may look like an id; the
// identifier takes precedence.
absl::StatusOr<v1::ResourceServer> FindApi(const Session& session, const std::string& reference) {
  if (reference.starts_with("tenants/")) return GetApi(session, reference);
  v1::LookupResourceServerRequest request;
  request.set_parent(session.tenant_name());
  request.set_identifier(reference);
  auto api = session.connection().Call(&client::Grants::LookupResourceServer, request);
  const bool may_be_id = reference.find_first_of(":/.") == std::string::npos;
  if (api.ok() || !may_be_id || client::ReasonOf(api.status()) != "RESOURCE_SERVER_NOT_FOUND") return api;
  auto by_id = GetApi(session, fmt::format("{}/resourceServers/{}", session.tenant_name(), reference));
  return by_id.ok() ? by_id : api;
}

std::shared_ptr<std::string> AddApiArgument(CLI::App* command) {
  return AddValue<std::string>(command, "api", "The API's identifier or its id", true);
}

Outcome List(Session& session) {
  v1::ListResourceServersRequest request;
  request.set_parent(session.tenant_name());
  request.set_page_size(kPageSize);
  v1::ListResourceServersResponse all;
  Table table({"ID", "USER", "CLIENT", "OFFLINE", "LIFETIME", "SCOPES", "IDENTIFIER", "DISPLAY NAME"});
  for (absl::StatusOr<v1::ResourceServer>& api : client::ListResourceServers(session.connection(), request)) {
    if (!api.ok()) return api.status();
    table.AddRow({api->name().substr(api->name().rfind('/') + 1),
                  ShortEnumName(api->subject_type_authorization().user()),
                  ShortEnumName(api->subject_type_authorization().client()), api->allow_offline_access() ? "on" : "off",
                  std::to_string(api->token_lifetime_seconds()), std::to_string(api->scopes_size()), api->identifier(),
                  api->display_name()});
    *all.add_resource_servers() = *std::move(api);
  }
  return session.Print(all, table.Render());
}

void AddShow(CLI::App* command, Commands& commands) {
  auto reference = AddApiArgument(command);
  commands.Remote(command, [reference](Session& session) { return PrintApi(session, FindApi(session, *reference)); });
}

void AddCreate(CLI::App* command, Commands& commands) {
  auto identifier = AddValue<std::string>(command, "identifier", "The audience of its tokens", true);
  SettingValues values = AddApiSettings(command);
  auto scopes = AddScopeOption(command, "--scope", "A scope as value or value=description; repeatable");
  commands.Remote(command, [identifier, values, scopes](Session& session) -> Outcome {
    v1::CreateResourceServerRequest request;
    v1::ResourceServer& api = *request.mutable_resource_server();
    if (absl::Status status = ApplySettings(values, api, nullptr); !status.ok()) return session.Refuse(status);
    AddScopes(*scopes, api);
    api.set_identifier(*identifier);
    request.set_parent(session.tenant_name());
    return PrintApi(session, session.connection().Call(&client::Grants::CreateResourceServer, request));
  });
}

void AddUpdate(CLI::App* command, Commands& commands) {
  auto reference = AddApiArgument(command);
  SettingValues values = AddApiSettings(command);
  auto scopes = AddScopeOption(command, "--scope", "As for create; repeatable, all are replaced");
  auto more_scopes = AddScopeOption(command, "--add_scope", "As for create; repeatable, the others stay");
  commands.Remote(command, [reference, values, scopes, more_scopes](Session& session) -> Outcome {
    const bool set_scopes = !scopes->empty() || !more_scopes->empty();
    if (values->empty() && !set_scopes) return session.Refuse("name at least one setting to change");
    v1::UpdateResourceServerRequest request;
    v1::ResourceServer& api = *request.mutable_resource_server();
    absl::Status applied = ApplySettings(values, api, request.mutable_update_mask());
    if (!applied.ok()) return session.Refuse(applied);
    absl::StatusOr<v1::ResourceServer> current = FindApi(session, *reference);
    if (!current.ok()) return current.status();
    api.set_name(current->name());
    if (set_scopes) request.mutable_update_mask()->add_paths("scopes");
    if (scopes->empty() && set_scopes) {
      *api.mutable_scopes() = current->scopes();
      // The update contains the scopes that were read: the etag makes it fail if they have changed since.
      api.set_etag(current->etag());
    }
    AddScopes(*scopes, api);
    AddScopes(*more_scopes, api);
    return PrintApi(session, session.connection().Call(&client::Grants::UpdateResourceServer, request));
  });
}

void AddDelete(CLI::App* command, Commands& commands) {
  auto reference = AddApiArgument(command);
  auto confirmation = AddConfirmation(command, "Delete it with all its grants");
  commands.Remote(command, [reference, confirmation](Session& session) -> Outcome {
    absl::StatusOr<v1::ResourceServer> api = FindApi(session, *reference);
    if (!api.ok()) return api.status();
    const std::string question =
        fmt::format("Delete API {}{}?", api->identifier(), confirmation->force ? " with all its grants" : "");
    if (!Confirm(session, *confirmation, question)) return kExitFailed;
    v1::DeleteResourceServerRequest request;
    request.set_name(api->name());
    request.set_force(confirmation->force);
    auto response = session.connection().Call(&client::Grants::DeleteResourceServer, request);
    if (!response.ok()) return response.status();
    return session.Print(*response, fmt::format("deleted {}\n", Printable(request.name())));
  });
}

}  // namespace

void AddApiCommands(CLI::App& root, Commands& commands) {
  CLI::App* apis = root.add_subcommand("apis", "APIs that tokens are for, and their scopes")->require_subcommand(1);
  commands.Remote(apis->add_subcommand("list", "Lists the tenant's APIs"), List);
  AddShow(apis->add_subcommand("show", "Shows an API"), commands);
  AddCreate(apis->add_subcommand("create", "Creates an API"), commands);
  AddUpdate(apis->add_subcommand("update", "Changes an API; an empty value clears a setting"), commands);
  AddDelete(apis->add_subcommand("delete", "Deletes an API"), commands);
}

}  // namespace cimd::cli
