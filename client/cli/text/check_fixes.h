#ifndef CIMD_CLIENT_CLI_TEXT_CHECK_FIXES_H_
#define CIMD_CLIENT_CLI_TEXT_CHECK_FIXES_H_

#include <string>
#include <string_view>
#include <vector>

#include "cimd/v1/grants_service.pb.h"

namespace cimd::cli {

// What can be done about a check that failed.
struct CheckFix {
  // Who has to do what, if it takes more than the commands, or other people.
  std::string advice;
  // Command lines for a POSIX shell, to be run one after the other. What was taken from the request is quoted; a word
  // in capitals is the operator's to choose.
  std::vector<std::string> commands;
};

// What the values in the commands are taken from. All of it may come from an attacker.
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

// There is one for every reason that this program knows: advice, commands, or both. A command that needs what the facts
// do not have is left out. Empty for a reason of a newer server.
CheckFix FixFor(v1::CheckReason reason, const FixFacts& facts);

// `text` as one word for a POSIX shell.
std::string ShellWord(std::string_view text);

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_TEXT_CHECK_FIXES_H_
