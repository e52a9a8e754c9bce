#ifndef CIMD_CLIENT_CLI_COMMANDS_ADMIN_ADMIN_COMMANDS_H_
#define CIMD_CLIENT_CLI_COMMANDS_ADMIN_ADMIN_COMMANDS_H_

#include "CLI/CLI.hpp"
#include "client/cli/session/command.h"

// The commands about tenants, access tokens, the audit log, and the server with its store.
namespace cimd::cli {

void AddTenantCommands(CLI::App& root, Commands& commands);
void AddTokenCommands(CLI::App& root, Commands& commands);
void AddAuditCommands(CLI::App& root, Commands& commands);
void AddStatusCommand(CLI::App& root, Commands& commands);
// `admin`: check, backup, restore, verify.
void AddStoreCommands(CLI::App& root, Commands& commands);

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_COMMANDS_ADMIN_ADMIN_COMMANDS_H_
