#ifndef CIMD_CLIENT_CLI_TEXT_CHECK_FIXES_H_
#define CIMD_CLIENT_CLI_TEXT_CHECK_FIXES_H_

#include <string>
#include <string_view>
#include <vector>

#include "cimd/v1/grants_service.pb.h"

namespace cimd::cli {

// How to fix a failed check.
struct CheckFix {
  // Who must do what, if the commands alone are not enough.
  std::string advice;
  // Command lines for a POSIX shell, to be run in order. Values from the request are quoted. The operator replaces
  // words in capitals.
  std::vector<std::string> commands;
};

// The values for the commands. An attacker may control all of them.
struct FixFacts {
  // Id of the tenant; the commands leave out the default one.
  std::string tenant;
  // The request's parameters.
  std::string client_id;
  std::string audience;
  std::vector<std::string> resources;
  std::string scope;
  std::string connection;
  v1::SubjectType subject_type = v1::SUBJECT_TYPE_USER;
  // From the answer: the API, if it is known, the grant that decided, and the scopes that were dropped.
  const v1::ResourceServer* resource_server = nullptr;
  std::string client_grant;
  std::vector<v1::DroppedScope> dropped_scopes;
};

// The fix of a failed check: advice, commands, or both. Commands that need a missing fact are omitted. Empty for
// reasons that this program does not know.
CheckFix FixFor(v1::CheckReason reason, const FixFacts& facts);

// Quotes `text` as one word for a POSIX shell.
std::string ShellWord(std::string_view text);

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_TEXT_CHECK_FIXES_H_
