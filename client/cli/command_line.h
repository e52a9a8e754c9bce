#ifndef CIMD_CLIENT_CLI_COMMAND_LINE_H_
#define CIMD_CLIENT_CLI_COMMAND_LINE_H_

#include "client/cli/text/console.h"

namespace cimd::cli {

// Runs cimdctl: parses the command line and the CIMD_ variables of the environment, runs the command, and prints
// errors. Returns the exit status, see session.h. Reads and writes `console`, the files that the command line names,
// and the server; nothing else.
int RunCommandLine(int argc, const char* const* argv, const Console& console);

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_COMMAND_LINE_H_
