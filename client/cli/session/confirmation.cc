#include "client/cli/session/confirmation.h"

#include "client/cli/text/console.h"
#include "client/cli/text/printable_text.h"

namespace cimd::cli {

std::shared_ptr<Confirmation> AddConfirmation(CLI::App* command, const std::string& force_description) {
  auto confirmation = std::make_shared<Confirmation>();
  command->add_flag("--yes", confirmation->yes, "Do not ask first");
  command->add_flag("--force", confirmation->force, force_description);
  return confirmation;
}

bool WillAsk(const Session& session, const Confirmation& confirmation) {
  return !confirmation.yes && session.console().in_is_terminal && session.console().err_is_terminal;
}

bool Confirm(const Session& session, const Confirmation& confirmation, std::string_view question) {
  if (!WillAsk(session, confirmation) || Ask(session.console(), Printable(question))) return true;
  session.console().err << "nothing was changed\n";
  return false;
}

}  // namespace cimd::cli
