#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "client/cli/commands/commands.h"
#include "client/cli/input/local_file.h"
#include "client/cli/text/message_text.h"
#include "client/cli/text/printable_text.h"
#include "client/cli/text/report_text.h"
#include "client/cli/text/table.h"
#include "fmt/format.h"

// cimdctl clients preview, register, refresh
namespace cimd::cli {
namespace {

// The arguments of the three commands.
struct Arguments {
  std::string client;
  std::string document_file;
  std::string expected_sha256;
  bool yes = false;
};

std::shared_ptr<Arguments> AddArguments(CLI::App* command, const std::string& client, const std::string& description) {
  auto arguments = std::make_shared<Arguments>();
  command->add_option(client, arguments->client, description)->required();
  command->add_option("--document", arguments->document_file,
                      "File with a copy of the document, instead of a fetch: for hosts that refuse data centres");
  return arguments;
}

template <typename Request>
absl::Status SetDocument(const Arguments& arguments, Request& request) {
  if (arguments.document_file.empty()) return absl::OkStatus();
  absl::StatusOr<std::string> document = ReadLocalFile(arguments.document_file);
  if (!document.ok()) return document.status();
  request.set_document(*std::move(document));
  return absl::OkStatus();
}

// A line that says that the URL is blocked; empty if it is not.
std::string BlockText(const v1::PreviewClientResponse& preview, const Style& style) {
  if (!preview.blocked()) return "";
  return fmt::format("{} registering is refused; `cimdctl clients blocks` tells why\n", style.Red("blocked:"));
}

std::string PreviewText(const v1::PreviewClientResponse& preview, const Style& style) {
  if (preview.has_fetch_failure()) {
    return BlockText(preview, style) + FetchFailureText(preview.fetch_failure(), !preview.client().empty(), style);
  }
  Table table;
  for (const FieldText& field : FieldsOf(preview.metadata())) table.AddRow({field.path, field.value});
  table.AddRow({"document_sha256", preview.document_sha256()});
  table.AddRow({"registered as", preview.client().empty() ? "(not registered)" : preview.client()});
  std::string text = table.Render() + ValidationText(preview.validation(), style) + BlockText(preview, style);
  if (!preview.client().empty()) text += "\nchanges to the registered client:\n" + DiffText(preview.diff(), style);
  return text;
}

std::string PreviewText(const v1::PreviewRefreshResponse& preview, const Style& style) {
  if (preview.has_fetch_failure()) return FetchFailureText(preview.fetch_failure(), /*registered=*/true, style);
  return DiffText(preview.diff(), style) + "\n" + ValidationText(preview.validation(), style);
}

// Whether the previewed document would be accepted.
bool CanBeApplied(const v1::PreviewClientResponse& preview) {
  return !preview.has_fetch_failure() && preview.validation().valid() && !preview.blocked();
}
bool CanBeApplied(const v1::PreviewRefreshResponse& preview) {
  return !preview.has_fetch_failure() && preview.validation().valid();
}

absl::StatusOr<v1::PreviewClientResponse> Preview(const Session& session, const v1::RegisterClientRequest& request) {
  v1::PreviewClientRequest preview;
  preview.set_parent(request.parent());
  preview.set_external_client_id(request.external_client_id());
  if (request.has_document()) preview.set_document(request.document());
  return session.connection().Call(&client::Registration::PreviewClient, preview);
}

void AddPreview(CLI::App* command, Commands& commands) {
  auto arguments = AddArguments(command, "url", "Client identifier URL");
  commands.Remote(command, [arguments](Session& session) -> Outcome {
    v1::RegisterClientRequest request;
    request.set_parent(session.tenant_name());
    request.set_external_client_id(arguments->client);
    if (absl::Status status = SetDocument(*arguments, request); !status.ok()) return session.Refuse(status);
    absl::StatusOr<v1::PreviewClientResponse> preview = Preview(session, request);
    if (!preview.ok()) return preview.status();
    session.Print(*preview, PreviewText(*preview, session.style()));
    return CanBeApplied(*preview) ? kExitOk : kExitFailed;
  });
}

std::string RegisteredText(const v1::RegisterClientResponse& response, const Style& style) {
  const v1::Client& client = response.client();
  const bool changed = response.created() || !response.diff().changes().empty();
  std::string text = fmt::format("{} {} (document version {})\n",
                                 response.created() ? "created"
                                 : changed          ? "updated"
                                                    : "unchanged",
                                 Printable(client.name()), client.document_version());
  if (!response.diff().changes().empty()) text += DiffText(response.diff(), style);
  if (!response.validation().warnings().empty()) text += "document " + ValidationText(response.validation(), style);
  return text;
}

// Shows the preview. If the command would change anything, asks the operator for confirmation. Returns nullopt to
// continue, otherwise the exit status.
template <typename Preview>
std::optional<int> ShowAndAsk(const Session& session, const Preview& preview, bool changes, std::string_view question) {
  session.console().out << PreviewText(preview, session.style()) << "\n";
  if (!CanBeApplied(preview)) return kExitFailed;
  if (!changes || Ask(session.console(), question)) return std::nullopt;
  session.console().err << "nothing was changed\n";
  return kExitFailed;
}

void AddRegister(CLI::App* command, Commands& commands) {
  auto arguments = AddArguments(command, "url", "Client identifier URL");
  command->add_option("--expect", arguments->expected_sha256,
                      "SHA-256 of the document that was previewed; refuse any other, and do not ask");
  command->add_flag("--yes", arguments->yes, "Do not show the document and ask first");
  commands.Remote(command, [arguments](Session& session) -> Outcome {
    v1::RegisterClientRequest request;
    request.set_parent(session.tenant_name());
    request.set_external_client_id(arguments->client);
    request.set_expected_document_sha256(arguments->expected_sha256);
    if (absl::Status status = SetDocument(*arguments, request); !status.ok()) return session.Refuse(status);
    if (!arguments->yes && arguments->expected_sha256.empty()) {
      if (!session.can_ask()) return session.Refuse("there is nobody to ask: give --yes, or --expect SHA256");
      absl::StatusOr<v1::PreviewClientResponse> preview = Preview(session, request);
      if (!preview.ok()) return preview.status();
      const bool changes = preview->client().empty() || !preview->diff().changes().empty();
      std::optional<int> end = ShowAndAsk(session, *preview, changes, "Register this client?");
      if (end.has_value()) return *end;
      request.set_expected_document_sha256(preview->document_sha256());
    }
    auto response = session.connection().Call(&client::Registration::RegisterClient, request);
    if (!response.ok()) return response.status();
    return session.Print(*response, RegisteredText(*response, session.style()));
  });
}

std::string RefreshedText(const v1::RefreshClientResponse& response) {
  const v1::Client& client = response.client();
  if (response.outcome() == v1::REFRESH_OUTCOME_REPORTED) {
    return fmt::format("{} is pinned to document version {}; nothing was changed\n", Printable(client.name()),
                       client.document_version());
  }
  return fmt::format("{} {} (document version {})\n",
                     response.outcome() == v1::REFRESH_OUTCOME_APPLIED ? "updated" : "unchanged",
                     Printable(client.name()), client.document_version());
}

void AddRefresh(CLI::App* command, Commands& commands) {
  auto arguments = AddArguments(command, "client", "The client's URL or its id");
  command->add_flag("--yes", arguments->yes, "Apply what the document says now without asking");
  commands.Remote(command, [arguments](Session& session) -> Outcome {
    v1::RefreshClientRequest request;
    if (absl::Status status = SetDocument(*arguments, request); !status.ok()) return session.Refuse(status);
    if (!arguments->yes && !session.can_ask()) return session.Refuse("there is nobody to ask: give --yes");
    absl::StatusOr<std::string> name = session.ClientName(arguments->client);
    if (!name.ok()) return name.status();
    request.set_name(*name);
    if (!arguments->yes) {
      v1::PreviewRefreshRequest preview_request;
      preview_request.set_name(*name);
      if (request.has_document()) preview_request.set_document(request.document());
      auto preview = session.connection().Call(&client::Metadata::PreviewRefresh, preview_request);
      if (!preview.ok()) return preview.status();
      const bool changes = !preview->pinned() && !preview->diff().changes().empty();
      std::optional<int> end = ShowAndAsk(session, *preview, changes, "Apply these changes?");
      if (end.has_value()) return *end;
      request.set_expected_document_sha256(preview->document_sha256());
    }
    auto response = session.connection().Call(&client::Metadata::RefreshClient, request);
    if (!response.ok()) return response.status();
    // Without --yes, the operator has already seen the diff in the preview.
    const std::string diff = arguments->yes ? DiffText(response->diff(), session.style()) : "";
    return session.Print(*response, diff + RefreshedText(*response));
  });
}

}  // namespace

void AddRegistrationCommands(CLI::App& clients, Commands& commands) {
  AddPreview(clients.add_subcommand("preview", "Judges the document of a URL and shows it; stores nothing"), commands);
  AddRegister(clients.add_subcommand("register", "Registers the client of a URL, or brings it up to date"), commands);
  AddRefresh(clients.add_subcommand("refresh", "Shows what changed in a client's document, and applies it"), commands);
}

}  // namespace cimd::cli
