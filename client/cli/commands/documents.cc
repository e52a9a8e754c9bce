#include <cstdint>
#include <memory>
#include <string>

#include "client/cli/commands/commands.h"
#include "client/cli/text/message_text.h"
#include "client/cli/text/printable_text.h"
#include "client/cli/text/table.h"
#include "client/pagination.h"
#include "fmt/format.h"

// cimdctl clients versions, document, pin, unpin
namespace cimd::cli {
namespace {

constexpr int kPageSize = 500;

// The resource name of one version of a client's document.
absl::StatusOr<std::string> DocumentName(const Session& session, const std::string& client, int64_t version) {
  absl::StatusOr<std::string> name = session.ClientName(client);
  if (!name.ok()) return name.status();
  return fmt::format("{}/documents/{}", *name, version);
}

std::shared_ptr<int64_t> AddVersionArgument(CLI::App* command) {
  auto version = std::make_shared<int64_t>(0);
  command->add_option("version", *version, "Number of the document version")->required()->check(CLI::PositiveNumber);
  return version;
}

void AddVersions(CLI::App* command, Commands& commands) {
  auto client = AddClientArgument(command);
  commands.Remote(command, [client](Session& session) -> Outcome {
    absl::StatusOr<std::string> name = session.ClientName(*client);
    if (!name.ok()) return name.status();
    v1::ListDocumentsRequest request;
    request.set_parent(*std::move(name));
    request.set_page_size(kPageSize);
    v1::ListDocumentsResponse all;
    Table table({"VERSION", "IN FORCE", "PROVENANCE", "FETCHED", "CONFIRMED", "BY", "SHA-256"});
    for (absl::StatusOr<v1::MetadataDocument>& document : client::ListDocuments(session.connection(), request)) {
      if (!document.ok()) return document.status();
      table.AddRow({document->name().substr(document->name().rfind('/') + 1), document->current() ? "yes" : "no",
                    ShortEnumName(document->provenance()), TimeText(document->fetch_time()),
                    TimeText(document->confirm_time()), document->created_by(), document->document_sha256()});
      *all.add_documents() = *std::move(document);
    }
    return session.Print(all, table.Render());
  });
}

void AddDocument(CLI::App* command, Commands& commands) {
  auto client = AddClientArgument(command);
  auto version = AddVersionArgument(command);
  commands.Remote(command, [client, version](Session& session) -> Outcome {
    absl::StatusOr<std::string> name = DocumentName(session, *client, *version);
    if (!name.ok()) return name.status();
    v1::GetDocumentRequest request;
    request.set_name(*std::move(name));
    auto document = session.connection().Call(&client::Metadata::GetDocument, request);
    if (!document.ok()) return document.status();
    return session.Print(*document, fmt::format("{}\n{}\n", FieldTable(*document), PrintableLines(document->body())));
  });
}

Outcome PrintPinned(const Session& session, const absl::StatusOr<v1::Client>& client) {
  if (!client.ok()) return client.status();
  return session.Print(*client, fmt::format("{} {} document version {}\n", Printable(client->name()),
                                            client->pinned() ? "is pinned to" : "follows its URL again, from",
                                            client->document_version()));
}

void AddPin(CLI::App* command, Commands& commands) {
  auto client = AddClientArgument(command);
  auto version = AddVersionArgument(command);
  commands.Remote(command, [client, version](Session& session) -> Outcome {
    absl::StatusOr<std::string> name = DocumentName(session, *client, *version);
    if (!name.ok()) return name.status();
    v1::PinDocumentRequest request;
    request.set_name(*std::move(name));
    return PrintPinned(session, session.connection().Call(&client::Metadata::PinDocument, request));
  });
}

void AddUnpin(CLI::App* command, Commands& commands) {
  auto client = AddClientArgument(command);
  commands.Remote(command, [client](Session& session) -> Outcome {
    absl::StatusOr<std::string> name = session.ClientName(*client);
    if (!name.ok()) return name.status();
    v1::UnpinDocumentRequest request;
    request.set_name(*std::move(name));
    return PrintPinned(session, session.connection().Call(&client::Metadata::UnpinDocument, request));
  });
}

}  // namespace

void AddDocumentCommands(CLI::App& clients, Commands& commands) {
  AddVersions(clients.add_subcommand("versions", "Lists the versions of a client's document, newest first"), commands);
  AddDocument(clients.add_subcommand("document", "Shows a document version with its evidence"), commands);
  AddPin(clients.add_subcommand("pin", "Puts a document version in force and holds it there"), commands);
  AddUnpin(clients.add_subcommand("unpin", "Lets refreshes apply again"), commands);
}

}  // namespace cimd::cli
