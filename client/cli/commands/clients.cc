#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "client/cli/commands/commands.h"
#include "client/cli/input/field_values.h"
#include "client/cli/session/confirmation.h"
#include "client/cli/text/message_text.h"
#include "client/cli/text/printable_text.h"
#include "client/cli/text/report_text.h"
#include "client/cli/text/table.h"
#include "client/pagination.h"
#include "fmt/format.h"

// cimdctl clients list, show, update, delete, block, unblock, blocks
namespace cimd::cli {
namespace {

constexpr int kPageSize = 500;

std::string ClientText(const Session& session, const v1::Client& client) {
  std::string text = FieldTable(client);
  if (client.state() == v1::CLIENT_STATE_BLOCKED) {
    const std::string reason = client.block_reason().empty() ? "no reason was given" : Printable(client.block_reason());
    text = fmt::format("{} {}\n\n{}", session.style().Alarm("blocked:"), reason, text);
  }
  if (client.warnings().empty()) return text;
  v1::Validation validation;
  validation.set_valid(true);
  *validation.mutable_warnings() = client.warnings();
  return text + "document " + ValidationText(validation, session.style());
}

Outcome PrintClient(const Session& session, const absl::StatusOr<v1::Client>& client) {
  if (!client.ok()) return client.status();
  return session.Print(*client, ClientText(session, *client));
}

// The column with block reasons is omitted when no client has one.
std::string ClientTable(const v1::ListClientsResponse& all) {
  std::vector<std::string> titles = {"ID", "STATE", "APP TYPE", "PINNED", "CLIENT NAME", "EXTERNAL CLIENT ID"};
  const bool any_reason = std::any_of(all.clients().begin(), all.clients().end(),
                                      [](const v1::Client& client) { return !client.block_reason().empty(); });
  if (any_reason) titles.emplace_back("BLOCK REASON");
  Table table(titles);
  for (const v1::Client& client : all.clients()) {
    table.AddRow({client.name().substr(client.name().rfind('/') + 1), ShortEnumName(client.state()),
                  ShortEnumName(client.metadata().app_type()), client.pinned() ? "yes" : "no",
                  client.metadata().client_name(), client.metadata().external_client_id(), client.block_reason()});
  }
  return table.Render();
}

void AddList(CLI::App* command, Commands& commands) {
  auto state = std::make_shared<std::string>();
  auto app_types = std::make_shared<std::vector<std::string>>();
  command->add_option("--state", *state, "Only clients in this state")
      ->check(CLI::IsMember(EnumChoices(*v1::ClientState_descriptor()), CLI::ignore_case));
  AddRepeatable(command, "--app_type", *app_types, "Only clients of this type; repeatable")
      ->check(CLI::IsMember(EnumChoices(*v1::AppType_descriptor()), CLI::ignore_case));
  commands.Remote(command, [state, app_types](Session& session) -> Outcome {
    v1::ListClientsRequest request;
    request.set_parent(session.tenant_name());
    request.set_page_size(kPageSize);
    if (!state->empty()) {
      request.set_state(static_cast<v1::ClientState>(FindEnumValue(*v1::ClientState_descriptor(), *state)->number()));
    }
    for (const std::string& type : *app_types) {
      request.add_app_types(static_cast<v1::AppType>(FindEnumValue(*v1::AppType_descriptor(), type)->number()));
    }
    v1::ListClientsResponse all;
    for (absl::StatusOr<v1::Client>& client : client::ListClients(session.connection(), request)) {
      if (!client.ok()) return client.status();
      *all.add_clients() = *std::move(client);
    }
    return session.Print(all, ClientTable(all));
  });
}

void AddShow(CLI::App* command, Commands& commands) {
  auto reference = AddClientArgument(command);
  commands.Remote(command, [reference](Session& session) -> Outcome {
    return PrintClient(session, session.FindClient(*reference));
  });
}

void AddUpdate(CLI::App* command, Commands& commands) {
  auto reference = AddClientArgument(command);
  auto settings = std::make_shared<std::vector<std::string>>();
  command
      ->add_option(
          "--set", *settings,
          "path=value, such as settings.redirection_policy=allow_always; repeatable, once for each element of a "
          "list. An empty value clears the field")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->required();
  commands.Remote(command, [reference, settings](Session& session) -> Outcome {
    v1::UpdateClientRequest request;
    for (const std::string& setting : *settings) {
      const size_t equals = setting.find('=');
      if (equals == std::string::npos) return session.Refuse(fmt::format("--set {}: path=value is needed", setting));
      const std::string path = setting.substr(0, equals);
      absl::Status set = SetField(*request.mutable_client(), path, setting.substr(equals + 1));
      if (!set.ok()) return session.Refuse(set);
      auto& paths = *request.mutable_update_mask()->mutable_paths();
      if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.Add(std::string(path));
    }
    absl::StatusOr<std::string> name = session.ClientName(*reference);
    if (!name.ok()) return name.status();
    request.mutable_client()->set_name(*std::move(name));
    return PrintClient(session, session.connection().Call(&client::Registration::UpdateClient, request));
  });
}

void AddDelete(CLI::App* command, Commands& commands) {
  auto reference = AddClientArgument(command);
  auto confirmation = AddConfirmation(command, "Delete it with its grants");
  commands.Remote(command, [reference, confirmation](Session& session) -> Outcome {
    absl::StatusOr<std::string> name = session.ClientName(*reference);
    if (!name.ok()) return name.status();
    const std::string question = fmt::format("Delete client {} with its document versions{}?", *reference,
                                             confirmation->force ? " and its grants" : "");
    if (!Confirm(session, *confirmation, question)) return kExitFailed;
    v1::DeleteClientRequest request;
    request.set_name(*std::move(name));
    request.set_force(confirmation->force);
    auto response = session.connection().Call(&client::Registration::DeleteClient, request);
    if (!response.ok()) return response.status();
    return session.Print(*response, fmt::format("deleted {}\n", Printable(request.name())));
  });
}

void AddBlock(CLI::App* command, Commands& commands) {
  auto url = AddValue<std::string>(command, "url", "Client identifier URL", true);
  auto reason = AddValue<std::string>(command, "--reason", "For other admins");
  commands.Remote(command, [url, reason](Session& session) -> Outcome {
    v1::BlockClientRequest request;
    request.set_parent(session.tenant_name());
    request.set_external_client_id(*url);
    request.set_reason(*reason);
    auto block = session.connection().Call(&client::Registration::BlockClient, request);
    if (!block.ok()) return block.status();
    return session.Print(*block, fmt::format("blocked {}\n", Printable(block->external_client_id())));
  });
}

void AddUnblock(CLI::App* command, Commands& commands) {
  auto url = AddValue<std::string>(command, "url", "Client identifier URL", true);
  commands.Remote(command, [url](Session& session) -> Outcome {
    v1::UnblockClientRequest request;
    request.set_parent(session.tenant_name());
    request.set_external_client_id(*url);
    auto response = session.connection().Call(&client::Registration::UnblockClient, request);
    if (!response.ok()) return response.status();
    return session.Print(*response, fmt::format("unblocked {}\n", Printable(*url)));
  });
}

Outcome ListBlocks(Session& session) {
  v1::ListClientBlocksRequest request;
  request.set_parent(session.tenant_name());
  request.set_page_size(kPageSize);
  v1::ListClientBlocksResponse all;
  Table table({"EXTERNAL CLIENT ID", "BLOCKED", "BY", "CLIENT", "REASON"});
  for (absl::StatusOr<v1::ClientBlock>& block : client::ListClientBlocks(session.connection(), request)) {
    if (!block.ok()) return block.status();
    table.AddRow({block->external_client_id(), TimeText(block->create_time()), block->created_by(), block->client(),
                  block->reason()});
    *all.add_blocks() = *std::move(block);
  }
  return session.Print(all, table.Render());
}

}  // namespace

void AddClientCommands(CLI::App& clients, Commands& commands) {
  AddList(clients.add_subcommand("list", "Lists the tenant's clients"), commands);
  AddShow(clients.add_subcommand("show", "Shows a client"), commands);
  AddUpdate(clients.add_subcommand("update", "Changes what an admin decides about a client"), commands);
  AddDelete(clients.add_subcommand("delete", "Deletes a client with its document versions; a block stays"), commands);
  AddBlock(clients.add_subcommand("block", "Forbids a URL; its client is kept and marked"), commands);
  AddUnblock(clients.add_subcommand("unblock", "Lifts a block"), commands);
  commands.Remote(clients.add_subcommand("blocks", "Lists blocked URLs"), ListBlocks);
}

}  // namespace cimd::cli
