#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/cli/commands/commands.h"
#include "client/cli/session/confirmation.h"
#include "client/cli/text/message_text.h"
#include "client/cli/text/printable_text.h"
#include "client/cli/text/table.h"
#include "client/pagination.h"
#include "fmt/format.h"

// cimdctl grants ...
namespace cimd::cli {
namespace {

constexpr int kPageSize = 500;

// Selects grants by client, API and subject.
struct Selection {
  std::string client;
  bool is_default = false;
  std::string audience;
  std::string subject_type;
};

std::shared_ptr<Selection> AddSelection(CLI::App* command) {
  auto selection = std::make_shared<Selection>();
  CLI::Option* client = command->add_option("--client", selection->client, "For this client: its URL or its id");
  command->add_flag("--default", selection->is_default, "For every third-party client without a grant of its own")
      ->excludes(client);
  command->add_option("--audience", selection->audience, "Identifier of the API");
  command->add_option("--subject", selection->subject_type, "Whom tokens speak for: client (the client itself) or user")
      ->check(CLI::IsMember(EnumChoices(*v1::SubjectType_descriptor()), CLI::ignore_case));
  return selection;
}

// Sets the fields that requests and grants share.
template <typename Message>
absl::Status Apply(const Session& session, const Selection& selection, Message& message) {
  message.set_audience(selection.audience);
  if (selection.is_default) message.set_default_for(v1::DEFAULT_FOR_THIRD_PARTY_CLIENTS);
  if (!selection.subject_type.empty()) {
    const auto* value = FindEnumValue(*v1::SubjectType_descriptor(), selection.subject_type);
    message.set_subject_type(static_cast<v1::SubjectType>(value->number()));
  }
  if (selection.client.empty()) return absl::OkStatus();
  absl::StatusOr<std::string> name = session.ClientName(selection.client);
  if (!name.ok()) return name.status();
  message.set_client(*std::move(name));
  return absl::OkStatus();
}

std::string GrantName(const Session& session, const std::string& reference) {
  if (reference.starts_with("tenants/")) return reference;
  return fmt::format("{}/clientGrants/{}", session.tenant_name(), reference);
}

std::shared_ptr<std::string> AddGrantArgument(CLI::App* command) {
  return AddValue<std::string>(command, "grant", "The grant's id", true);
}

Outcome PrintGrant(const Session& session, const absl::StatusOr<v1::ClientGrant>& grant) {
  if (!grant.ok()) return grant.status();
  return session.Print(*grant);
}

absl::StatusOr<v1::ClientGrant> GetGrant(const Session& session, const std::string& reference) {
  v1::GetClientGrantRequest request;
  request.set_name(GrantName(session, reference));
  return session.connection().Call(&client::Grants::GetClientGrant, request);
}

std::string JoinedScopes(const v1::ClientGrant& grant) {
  if (grant.allow_all_scopes()) return "(all)";
  std::string joined;
  for (const std::string& scope : grant.scopes()) joined += joined.empty() ? scope : " " + scope;
  return joined;
}

void AddList(CLI::App* command, Commands& commands) {
  auto selection = AddSelection(command);
  commands.Remote(command, [selection](Session& session) -> Outcome {
    v1::ListClientGrantsRequest request;
    request.set_parent(session.tenant_name());
    request.set_page_size(kPageSize);
    if (absl::Status status = Apply(session, *selection, request); !status.ok()) return status;
    v1::ListClientGrantsResponse all;
    Table table({"ID", "SUBJECT", "CLIENT", "AUDIENCE", "SCOPES"});
    for (absl::StatusOr<v1::ClientGrant>& grant : client::ListClientGrants(session.connection(), request)) {
      if (!grant.ok()) return grant.status();
      table.AddRow({grant->name().substr(grant->name().rfind('/') + 1), ShortEnumName(grant->subject_type()),
                    grant->client().empty() ? "(default)" : grant->client().substr(grant->client().rfind('/') + 1),
                    grant->audience(), JoinedScopes(*grant)});
      *all.add_client_grants() = *std::move(grant);
    }
    return session.Print(all, table.Render());
  });
}

void AddShow(CLI::App* command, Commands& commands) {
  auto reference = AddGrantArgument(command);
  commands.Remote(command,
                  [reference](Session& session) { return PrintGrant(session, GetGrant(session, *reference)); });
}

// The scopes of a grant.
struct Scopes {
  std::vector<std::string> values;
  bool all = false;
};

std::shared_ptr<Scopes> AddScopes(CLI::App* command, const std::string& description) {
  auto scopes = std::make_shared<Scopes>();
  CLI::Option* values = AddRepeatable(command, "--scope", scopes->values, description);
  command->add_flag("--all_scopes", scopes->all, "Every scope of the API, also those that it will get")
      ->excludes(values);
  return scopes;
}

void Apply(const Scopes& scopes, v1::ClientGrant& grant) {
  grant.set_allow_all_scopes(scopes.all);
  for (const std::string& scope : scopes.values) {
    if (!scope.empty()) grant.add_scopes(scope);
  }
}

void AddCreate(CLI::App* command, Commands& commands) {
  auto selection = AddSelection(command);
  command->get_option("--audience")->required();
  // Required, because the server's default is a grant for the client itself, which public clients cannot use.
  command->get_option("--subject")->required();
  auto scopes = AddScopes(command, "Scope of the API; repeatable");
  commands.Remote(command, [selection, scopes](Session& session) -> Outcome {
    if (selection->client.empty() && !selection->is_default) return session.Refuse("--client or --default is needed");
    v1::CreateClientGrantRequest request;
    request.set_parent(session.tenant_name());
    Apply(*scopes, *request.mutable_client_grant());
    absl::Status status = Apply(session, *selection, *request.mutable_client_grant());
    if (!status.ok()) return status;
    return PrintGrant(session, session.connection().Call(&client::Grants::CreateClientGrant, request));
  });
}

void AddUpdate(CLI::App* command, Commands& commands) {
  auto reference = AddGrantArgument(command);
  auto scopes = AddScopes(command, "Scope of the API; repeatable, all are replaced. An empty one adds none");
  auto more_scopes = std::make_shared<std::vector<std::string>>();
  AddRepeatable(command, "--add_scope", *more_scopes, "Scope of the API; repeatable, the others stay")
      ->excludes("--scope")
      ->excludes("--all_scopes");
  commands.Remote(command, [reference, scopes, more_scopes](Session& session) -> Outcome {
    if (scopes->values.empty() && !scopes->all && more_scopes->empty()) {
      return session.Refuse("--scope, --add_scope or --all_scopes is needed");
    }
    v1::UpdateClientGrantRequest request;
    v1::ClientGrant& grant = *request.mutable_client_grant();
    request.mutable_update_mask()->add_paths("scopes");
    if (more_scopes->empty()) {
      request.mutable_update_mask()->add_paths("allow_all_scopes");
      Apply(*scopes, grant);
      grant.set_name(GrantName(session, *reference));
    } else {
      absl::StatusOr<v1::ClientGrant> current = GetGrant(session, *reference);
      // A grant of all scopes already includes the added ones.
      if (!current.ok() || current->allow_all_scopes()) return PrintGrant(session, current);
      // The update includes the etag that was read, so it fails if the scopes have changed since.
      grant = *std::move(current);
      for (const std::string& scope : *more_scopes) {
        const bool known = std::find(grant.scopes().begin(), grant.scopes().end(), scope) != grant.scopes().end();
        if (!known) grant.add_scopes(scope);
      }
    }
    return PrintGrant(session, session.connection().Call(&client::Grants::UpdateClientGrant, request));
  });
}

void AddDelete(CLI::App* command, Commands& commands) {
  auto reference = AddGrantArgument(command);
  auto confirmation = AddConfirmation(command);
  commands.Remote(command, [reference, confirmation](Session& session) -> Outcome {
    if (!Confirm(session, *confirmation, fmt::format("Delete grant {}?", *reference))) return kExitFailed;
    v1::DeleteClientGrantRequest request;
    request.set_name(GrantName(session, *reference));
    auto response = session.connection().Call(&client::Grants::DeleteClientGrant, request);
    if (!response.ok()) return response.status();
    return session.Print(*response, fmt::format("deleted {}\n", Printable(request.name())));
  });
}

}  // namespace

void AddGrantCommands(CLI::App& root, Commands& commands) {
  CLI::App* grants = root.add_subcommand("grants", "What clients may do with APIs")->require_subcommand(1);
  AddList(grants->add_subcommand("list", "Lists the tenant's grants"), commands);
  AddShow(grants->add_subcommand("show", "Shows a grant"), commands);
  AddCreate(grants->add_subcommand("create", "Lets a client, or every one without a grant of its own, use an API"),
            commands);
  AddUpdate(grants->add_subcommand("update", "Changes a grant's scopes"), commands);
  AddDelete(grants->add_subcommand("delete", "Deletes a grant"), commands);
  AddGrantWatch(*grants, commands);
}

}  // namespace cimd::cli
