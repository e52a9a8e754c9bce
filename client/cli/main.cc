#include "client/cli/command_line.h"
#include "client/cli/text/console.h"

int main(int argc, char** argv) { return cimd::cli::RunCommandLine(argc, argv, cimd::cli::StandardConsole()); }
