#include <memory>
#include <string>

#include "client/cli/commands/commands.h"
#include "client/cli/input/local_file.h"
#include "client/cli/text/message_text.h"
#include "client/cli/text/printable_text.h"
#include "client/cli/text/report_text.h"
#include "fmt/format.h"
#include "server/metadata/document_rules.h"
#include "server/metadata/metadata_document.h"

// cimdctl metadata ...
namespace cimd::cli {
namespace {

// Applies the rules of the server, which are linked into this program. Nothing is sent over the network.
void AddLint(CLI::App* command, Commands& commands) {
  auto file = AddValue<std::string>(command, "file", "The document", true);
  auto url = AddValue<std::string>(command, "--url", "Client identifier URL that the document is for", true);
  auto profile = std::make_shared<std::string>("standard");
  command->add_option("--profile", *profile, "standard or strict: which rules to hold it to")
      ->check(CLI::IsMember(EnumChoices(*v1::DocumentProfile_descriptor()), CLI::ignore_case))
      ->capture_default_str();
  commands.Local(command, [file, url, profile](Session& session) -> Outcome {
    absl::StatusOr<std::string> document = ReadLocalFile(*file);
    if (!document.ok()) return session.Refuse(document.status());
    metadata::DocumentRules rules;
    rules.profile =
        static_cast<v1::DocumentProfile>(FindEnumValue(*v1::DocumentProfile_descriptor(), *profile)->number());
    const v1::Validation validation = metadata::JudgeDocument(*document, *url, rules).validation;
    session.Print(validation, fmt::format("{}: {}", Printable(*file), ValidationText(validation, session.style())));
    return validation.valid() ? kExitOk : kExitFailed;
  });
}

Outcome ShowServer(Session& session) {
  v1::GetServerMetadataRequest request;
  request.set_name(session.tenant_name());
  auto metadata = session.connection().Call(&client::Metadata::GetServerMetadata, request);
  if (!metadata.ok()) return metadata.status();
  return session.Print(*metadata);
}

}  // namespace

void AddMetadataCommands(CLI::App& root, Commands& commands) {
  CLI::App* metadata = root.add_subcommand("metadata", "Documents, and what the authorization server says of itself")
                           ->require_subcommand(1);
  AddLint(metadata->add_subcommand("lint", "Judges a document without any server"), commands);
  commands.Remote(metadata->add_subcommand("server", "Shows the tenant's authorization server metadata"), ShowServer);
}

}  // namespace cimd::cli
