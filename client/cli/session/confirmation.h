#ifndef CIMD_CLIENT_CLI_SESSION_CONFIRMATION_H_
#define CIMD_CLIENT_CLI_SESSION_CONFIRMATION_H_

#include <memory>
#include <string>
#include <string_view>

#include "CLI/CLI.hpp"
#include "client/cli/session/session.h"

namespace cimd::cli {

// The options --yes and --force of every command that destroys something.
struct Confirmation {
  // Skip the question.
  bool yes = false;
  // Do what the server or cimdctl refuses without this option.
  bool force = false;
};

// Adds the options. `force_description` says what --force does; the default is for commands that nothing refuses.
std::shared_ptr<Confirmation> AddConfirmation(
    CLI::App* command, const std::string& force_description = "Accepted for uniformity; nothing is refused without it");

// Whether standard input and standard error are a terminal and --yes was not given, so that Confirm asks.
bool WillAsk(const Session& session, const Confirmation& confirmation);

// Asks `question` on standard error if WillAsk. Returns false, and says so, when the operator does not agree; true
// otherwise. `question` is made safe to print.
bool Confirm(const Session& session, const Confirmation& confirmation, std::string_view question);

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_SESSION_CONFIRMATION_H_
