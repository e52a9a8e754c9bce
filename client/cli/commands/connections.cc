#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "client/cli/commands/commands.h"
#include "client/cli/input/local_file.h"
#include "client/cli/input/setting_options.h"
#include "client/cli/session/confirmation.h"
#include "client/cli/text/message_text.h"
#include "client/cli/text/printable_text.h"
#include "client/cli/text/table.h"
#include "client/pagination.h"
#include "fmt/format.h"
#include "google/protobuf/util/json_util.h"

// cimdctl connections ...
namespace cimd::cli {
namespace {

constexpr int kPageSize = 500;

// The arguments that create and update share.
struct Settings {
  SettingValues values;
  std::string options_file;
};

std::shared_ptr<Settings> AddConnectionSettings(CLI::App* command) {
  auto settings = std::make_shared<Settings>();
  settings->values = AddSettingOptions(
      command, {{"--display_name", "display_name", "For people"},
                {"--show_as_button", "show_as_button", "on or off: whether a button for it is shown"},
                {"--realm", "realms", "Domain whose users it is for; repeatable, all are replaced"},
                {"--metadata", "metadata", "JSON object of texts, for the admin's use; all are replaced"}});
  command->add_option("--options", settings->options_file,
                      "File with the settings of the strategy, a JSON object; all are replaced");
  return settings;
}

absl::Status Apply(const Settings& settings, v1::Connection& connection, google::protobuf::FieldMask* mask) {
  if (absl::Status status = ApplySettings(settings.values, connection, mask); !status.ok()) return status;
  if (settings.options_file.empty()) return absl::OkStatus();
  absl::StatusOr<std::string> json = ReadTextFile(settings.options_file);
  if (!json.ok()) return json.status();
  auto parsed = google::protobuf::util::JsonStringToMessage(*json, connection.mutable_options());
  if (!parsed.ok()) {
    return absl::InvalidArgumentError(fmt::format("{} is no JSON object: {}", settings.options_file,
                                                  std::string(parsed.message().data(), parsed.message().size())));
  }
  if (mask != nullptr) mask->add_paths("options");
  return absl::OkStatus();
}

// The options of a connection as rows of a table; each value is JSON.
std::vector<std::pair<std::string, std::string>> OptionsOf(const v1::Connection& connection) {
  std::vector<std::pair<std::string, std::string>> options;
  for (const auto& [key, value] : connection.options().fields()) {
    std::string json;
    if (!google::protobuf::util::MessageToJsonString(value, &json).ok()) json = "(unreadable)";
    options.emplace_back("options." + key, std::move(json));
  }
  // Protobuf maps have no defined order.
  std::sort(options.begin(), options.end());
  return options;
}

Outcome PrintConnection(const Session& session, const absl::StatusOr<v1::Connection>& connection) {
  if (!connection.ok()) return connection.status();
  v1::Connection plain = *connection;
  plain.clear_options();
  Table table;
  for (const FieldText& field : FieldsOf(plain)) table.AddRow({field.path, field.value});
  for (const auto& [path, value] : OptionsOf(*connection)) table.AddRow({path, value});
  return session.Print(*connection, table.Render());
}

std::shared_ptr<std::string> AddConnectionArgument(CLI::App* command) {
  return AddValue<std::string>(command, "connection", "The connection's name in requests or its id", true);
}

// Finds a connection by the name used in requests, by its id, or by its resource name. Ids contain an underscore, names
// do not.
absl::StatusOr<v1::Connection> FindConnection(const Session& session, const std::string& reference) {
  const bool is_name = reference.starts_with("tenants/");
  if (is_name || reference.find('_') != std::string::npos) {
    v1::GetConnectionRequest request;
    request.set_name(is_name ? reference : fmt::format("{}/connections/{}", session.tenant_name(), reference));
    return session.connection().Call(&client::Connections::GetConnection, request);
  }
  v1::ListConnectionsRequest request;
  request.set_parent(session.tenant_name());
  request.set_connection_name(reference);
  auto found = session.connection().Call(&client::Connections::ListConnections, request);
  if (!found.ok()) return found.status();
  if (found->connections().empty()) return absl::NotFoundError(fmt::format("there is no connection '{}'", reference));
  return found->connections(0);
}

void AddList(CLI::App* command, Commands& commands) {
  auto strategies = std::make_shared<std::vector<std::string>>();
  auto domain = std::make_shared<bool>(false);
  AddRepeatable(command, "--strategy", *strategies, "Only connections of this strategy; repeatable");
  command->add_flag("--domain", *domain, "Only connections at domain level, which third-party clients may use");
  commands.Remote(command, [strategies, domain](Session& session) -> Outcome {
    v1::ListConnectionsRequest request;
    request.set_parent(session.tenant_name());
    request.set_page_size(kPageSize);
    for (const std::string& strategy : *strategies) request.add_strategies(strategy);
    if (*domain) request.set_is_domain_connection(true);
    v1::ListConnectionsResponse all;
    Table table({"ID", "NAME", "STRATEGY", "DOMAIN LEVEL", "DISPLAY NAME"});
    for (absl::StatusOr<v1::Connection>& connection : client::ListConnections(session.connection(), request)) {
      if (!connection.ok()) return connection.status();
      table.AddRow({connection->name().substr(connection->name().rfind('/') + 1), connection->connection_name(),
                    connection->strategy(), connection->is_domain_connection() ? "yes" : "no",
                    connection->display_name()});
      *all.add_connections() = *std::move(connection);
    }
    return session.Print(all, table.Render());
  });
}

void AddShow(CLI::App* command, Commands& commands) {
  auto reference = AddConnectionArgument(command);
  commands.Remote(
      command, [reference](Session& session) { return PrintConnection(session, FindConnection(session, *reference)); });
}

void AddCreate(CLI::App* command, Commands& commands) {
  auto name = AddValue<std::string>(command, "name", "What requests name it by: letters, digits and hyphens", true);
  auto strategy = AddValue<std::string>(command, "--strategy",
                                        "The kind of login, such as auth0, google-oauth2, samlp, oidc, email", true);
  auto settings = AddConnectionSettings(command);
  auto domain = std::make_shared<bool>(false);
  command->add_flag("--domain", *domain, "Let third-party clients use it, as promote does");
  commands.Remote(command, [name, strategy, settings, domain](Session& session) -> Outcome {
    v1::CreateConnectionRequest request;
    v1::Connection& connection = *request.mutable_connection();
    if (absl::Status status = Apply(*settings, connection, nullptr); !status.ok()) return session.Refuse(status);
    request.set_parent(session.tenant_name());
    connection.set_connection_name(*name);
    connection.set_strategy(*strategy);
    connection.set_is_domain_connection(*domain);
    return PrintConnection(session, session.connection().Call(&client::Connections::CreateConnection, request));
  });
}

void AddUpdate(CLI::App* command, Commands& commands) {
  auto reference = AddConnectionArgument(command);
  auto settings = AddConnectionSettings(command);
  commands.Remote(command, [reference, settings](Session& session) -> Outcome {
    v1::UpdateConnectionRequest request;
    absl::Status applied = Apply(*settings, *request.mutable_connection(), request.mutable_update_mask());
    if (!applied.ok()) return session.Refuse(applied);
    if (request.update_mask().paths().empty()) return session.Refuse("name at least one setting to change");
    absl::StatusOr<v1::Connection> current = FindConnection(session, *reference);
    if (!current.ok()) return current.status();
    request.mutable_connection()->set_name(current->name());
    return PrintConnection(session, session.connection().Call(&client::Connections::UpdateConnection, request));
  });
}

Outcome SetDomainLevel(const Session& session, const std::string& reference, bool domain_level, bool force) {
  absl::StatusOr<v1::Connection> current = FindConnection(session, reference);
  if (!current.ok()) return current.status();
  v1::UpdateConnectionRequest request;
  request.mutable_connection()->set_name(current->name());
  request.mutable_connection()->set_is_domain_connection(domain_level);
  request.mutable_update_mask()->add_paths("is_domain_connection");
  request.set_force(force);
  auto updated = session.connection().Call(&client::Connections::UpdateConnection, request);
  if (!updated.ok()) return updated.status();
  return session.Print(*updated, fmt::format("{} {} third-party clients\n", Printable(updated->connection_name()),
                                             domain_level ? "is open to" : "is closed to"));
}

void AddPromote(CLI::App* command, Commands& commands) {
  auto reference = AddConnectionArgument(command);
  commands.Remote(command,
                  [reference](Session& session) { return SetDomainLevel(session, *reference, true, /*force=*/false); });
}

void AddDemote(CLI::App* command, Commands& commands) {
  auto reference = AddConnectionArgument(command);
  auto force = std::make_shared<bool>(false);
  command->add_flag("--force", *force, "Although it is the last one that third-party clients may use");
  commands.Remote(command,
                  [reference, force](Session& session) { return SetDomainLevel(session, *reference, false, *force); });
}

void AddDelete(CLI::App* command, Commands& commands) {
  auto reference = AddConnectionArgument(command);
  auto confirmation = AddConfirmation(command, "Although it is the last one that third-party clients may use");
  commands.Remote(command, [reference, confirmation](Session& session) -> Outcome {
    absl::StatusOr<v1::Connection> connection = FindConnection(session, *reference);
    if (!connection.ok()) return connection.status();
    const std::string question = fmt::format("Delete connection {}?", connection->connection_name());
    if (!Confirm(session, *confirmation, question)) return kExitFailed;
    v1::DeleteConnectionRequest request;
    request.set_name(connection->name());
    request.set_force(confirmation->force);
    auto response = session.connection().Call(&client::Connections::DeleteConnection, request);
    if (!response.ok()) return response.status();
    return session.Print(*response, fmt::format("deleted {}\n", Printable(request.name())));
  });
}

void AddClients(CLI::App* command, Commands& commands) {
  auto reference = AddConnectionArgument(command);
  commands.Remote(command, [reference](Session& session) -> Outcome {
    absl::StatusOr<v1::Connection> connection = FindConnection(session, *reference);
    if (!connection.ok()) return connection.status();
    v1::ListConnectionClientsRequest request;
    request.set_parent(connection->name());
    request.set_page_size(kPageSize);
    v1::ListConnectionClientsResponse all;
    Table table({"CLIENT"});
    for (absl::StatusOr<std::string>& client : client::ListConnectionClients(session.connection(), request)) {
      if (!client.ok()) return client.status();
      table.AddRow({client->substr(client->rfind('/') + 1)});
      all.add_clients(*client);
    }
    return session.Print(all, table.Render());
  });
}

void AddChange(CLI::App* command, bool enabled, Commands& commands) {
  auto reference = AddConnectionArgument(command);
  auto clients = std::make_shared<std::vector<std::string>>();
  command->add_option("client", *clients, "The clients' URLs or their ids")->required();
  commands.Remote(command, [reference, clients, enabled](Session& session) -> Outcome {
    absl::StatusOr<v1::Connection> connection = FindConnection(session, *reference);
    if (!connection.ok()) return connection.status();
    v1::UpdateConnectionClientsRequest request;
    request.set_name(connection->name());
    for (const std::string& client : *clients) {
      absl::StatusOr<std::string> name = session.ClientName(client);
      if (!name.ok()) return name.status();
      auto& change = *request.add_changes();
      change.set_client(*std::move(name));
      change.set_enabled(enabled);
    }
    auto response = session.connection().Call(&client::Connections::UpdateConnectionClients, request);
    if (!response.ok()) return response.status();
    return session.Print(*response, fmt::format("{} {} for {} client{}\n", enabled ? "enabled" : "disabled",
                                                Printable(connection->connection_name()), clients->size(),
                                                clients->size() == 1 ? "" : "s"));
  });
}

}  // namespace

void AddConnectionCommands(CLI::App& root, Commands& commands) {
  CLI::App* connections = root.add_subcommand("connections", "Logins through which users come")->require_subcommand(1);
  AddList(connections->add_subcommand("list", "Lists the tenant's connections"), commands);
  AddShow(connections->add_subcommand("show", "Shows a connection with its options"), commands);
  AddCreate(connections->add_subcommand("create", "Creates a connection"), commands);
  AddUpdate(connections->add_subcommand("update", "Changes a connection; an empty value clears a setting"), commands);
  AddPromote(connections->add_subcommand("promote", "Opens a connection to third-party clients"), commands);
  AddDemote(connections->add_subcommand("demote", "Closes a connection to third-party clients"), commands);
  AddDelete(connections->add_subcommand("delete", "Deletes a connection"), commands);
  AddConnectionWatch(*connections, commands);
  AddClients(connections->add_subcommand("clients", "Lists the clients that a connection is enabled for one by one"),
             commands);
  AddChange(connections->add_subcommand("enable", "Enables a connection for first-party clients, one by one"), true,
            commands);
  AddChange(connections->add_subcommand("disable", "Disables it for clients that it was enabled for"), false, commands);
}

}  // namespace cimd::cli
