#ifndef CIMD_CLIENT_CLI_COMMANDS_COMMANDS_H_
#define CIMD_CLIENT_CLI_COMMANDS_COMMANDS_H_

#include "CLI/CLI.hpp"
#include "client/cli/session/command.h"

// The commands of cimdctl, one source file for each noun or for each part of `clients`. Those about tenants, tokens,
// the audit log and the server are in client/cli/commands/admin.
namespace cimd::cli {

void AddMetadataCommands(CLI::App& root, Commands& commands);
void AddApiCommands(CLI::App& root, Commands& commands);
void AddKeyCommands(CLI::App& root, Commands& commands);
void AddGrantCommands(CLI::App& root, Commands& commands);
void AddConnectionCommands(CLI::App& root, Commands& commands);
void AddExplainCommand(CLI::App& root, Commands& commands);

// The commands below `clients`: records and blocks; preview, register, refresh; document versions; import.
void AddClientCommands(CLI::App& clients, Commands& commands);
void AddRegistrationCommands(CLI::App& clients, Commands& commands);
void AddDocumentCommands(CLI::App& clients, Commands& commands);
void AddImportCommand(CLI::App& clients, Commands& commands);

// `watch` below a noun.
void AddClientWatch(CLI::App& clients, Commands& commands);
void AddGrantWatch(CLI::App& grants, Commands& commands);
void AddConnectionWatch(CLI::App& connections, Commands& commands);

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_COMMANDS_COMMANDS_H_
