#include <memory>
#include <string>
#include <vector>

#include "client/cli/commands/admin/admin_commands.h"
#include "client/cli/input/setting_options.h"
#include "client/cli/session/confirmation.h"
#include "client/cli/text/message_text.h"
#include "client/cli/text/printable_text.h"
#include "client/cli/text/table.h"
#include "client/pagination.h"
#include "fmt/format.h"

// cimdctl tenants ...
namespace cimd::cli {
namespace {

constexpr int kPageSize = 500;

// The fields of v1::Tenant that an admin can set.
std::vector<SettingOption> SettingOptions() {
  std::vector<SettingOption> options = {
      {"--display_name", "display_name", "For people"},
      {"--cimd", "client_id_metadata_document_supported", "on or off: whether clients may be registered by their URL"},
      {"--profile", "document_profile", "standard or strict: which rules documents are held to"},
      {"--resource_profile", "resource_parameter_profile", "audience or compatibility: how requests name an API"},
      {"--issuer", "issuer", "Issuer identifier of the authorization server"},
      {"--iss_parameter", "authorization_response_iss_parameter_supported",
       "on or off: whether authorization responses carry iss"},
      {"--key_refresh", "key_refresh", "automatic or manual: whether an unknown key makes the key set be read again"},
      {"--token_endpoint_audience", "token_endpoint_audience_accepted",
       "on or off: whether client assertions may name the token endpoint as their audience"},
      {"--explicit_assertion_type", "assertion_type_required", "on or off: whether client assertions need a typ"},
      {"--domain", "domains", "Further host name of the tenant; repeatable, all are replaced"},
      {"--scope", "scopes_supported", "Scope to publish; repeatable, all are replaced"},
  };
  const auto* endpoints = v1::ServerEndpoints::descriptor();
  for (int i = 0; i < endpoints->field_count(); ++i) {
    const std::string& name = endpoints->field(i)->name();
    options.push_back({"--" + name, "endpoints." + name, "URL to publish in the server's metadata"});
  }
  return options;
}

Outcome List(Session& session) {
  v1::ListTenantsRequest request;
  request.set_page_size(kPageSize);
  v1::ListTenantsResponse all;
  Table table({"ID", "CIMD", "PROFILE", "STATE", "ISSUER", "DISPLAY NAME"});
  for (absl::StatusOr<v1::Tenant>& tenant : client::ListTenants(session.connection(), request)) {
    if (!tenant.ok()) return tenant.status();
    table.AddRow({tenant->name().substr(tenant->name().find('/') + 1),
                  tenant->client_id_metadata_document_supported() ? "on" : "off",
                  ShortEnumName(tenant->document_profile()), ShortEnumName(tenant->state()), tenant->issuer(),
                  tenant->display_name()});
    *all.add_tenants() = *std::move(tenant);
  }
  return session.Print(all, table.Render());
}

Outcome PrintTenant(Session& session, const absl::StatusOr<v1::Tenant>& tenant) {
  if (!tenant.ok()) return tenant.status();
  return session.Print(*tenant);
}

std::string NameOf(const Session& session, const std::string& id) {
  return id.empty() ? session.tenant_name() : session.TenantName(id);
}

void AddShow(CLI::App* command, Commands& commands) {
  auto id = AddValue<std::string>(command, "tenant", "Its id; by default the one of --tenant");
  commands.Remote(command, [id](Session& session) {
    v1::GetTenantRequest request;
    request.set_name(NameOf(session, *id));
    return PrintTenant(session, session.connection().Call(&client::Admin::GetTenant, request));
  });
}

void AddCreate(CLI::App* command, Commands& commands) {
  auto id = AddValue<std::string>(command, "tenant", "Its id: lower-case letters, digits and hyphens", true);
  SettingValues values = AddSettingOptions(command, SettingOptions());
  commands.Remote(command, [id, values](Session& session) -> Outcome {
    v1::CreateTenantRequest request;
    request.set_tenant_id(*id);
    absl::Status applied = ApplySettings(values, *request.mutable_tenant(), nullptr);
    if (!applied.ok()) return session.Refuse(applied);
    return PrintTenant(session, session.connection().Call(&client::Admin::CreateTenant, request));
  });
}

void AddUpdate(CLI::App* command, Commands& commands) {
  auto id = AddValue<std::string>(command, "tenant", "Its id; by default the one of --tenant");
  SettingValues values = AddSettingOptions(command, SettingOptions());
  commands.Remote(command, [id, values](Session& session) -> Outcome {
    if (values->empty()) return session.Refuse("name at least one setting to change");
    v1::UpdateTenantRequest request;
    absl::Status applied = ApplySettings(values, *request.mutable_tenant(), request.mutable_update_mask());
    if (!applied.ok()) return session.Refuse(applied);
    request.mutable_tenant()->set_name(NameOf(session, *id));
    return PrintTenant(session, session.connection().Call(&client::Admin::UpdateTenant, request));
  });
}

void AddDelete(CLI::App* command, Commands& commands) {
  auto id = AddValue<std::string>(command, "tenant", "Its id", true);
  auto confirmation = AddConfirmation(command, "Delete it with all its clients");
  commands.Remote(command, [id, confirmation](Session& session) -> Outcome {
    const std::string question =
        fmt::format("Delete tenant {}{}?", *id, confirmation->force ? " with all its clients, APIs and grants" : "");
    if (!Confirm(session, *confirmation, question)) return kExitFailed;
    v1::DeleteTenantRequest request;
    request.set_name(session.TenantName(*id));
    request.set_force(confirmation->force);
    auto response = session.connection().Call(&client::Admin::DeleteTenant, request);
    if (!response.ok()) return response.status();
    return session.Print(*response, fmt::format("deleted {}\n", Printable(request.name())));
  });
}

}  // namespace

void AddTenantCommands(CLI::App& root, Commands& commands) {
  CLI::App* tenants = root.add_subcommand("tenants", "Tenants and their settings")->require_subcommand(1);
  commands.Remote(tenants->add_subcommand("list", "Lists all tenants"), List);
  AddShow(tenants->add_subcommand("show", "Shows a tenant's settings"), commands);
  AddCreate(tenants->add_subcommand("create", "Creates a tenant"), commands);
  AddUpdate(tenants->add_subcommand("update", "Changes settings; an empty value clears one"), commands);
  AddDelete(tenants->add_subcommand("delete", "Deletes a tenant"), commands);
}

}  // namespace cimd::cli
