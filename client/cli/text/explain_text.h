#ifndef CIMD_CLIENT_CLI_TEXT_EXPLAIN_TEXT_H_
#define CIMD_CLIENT_CLI_TEXT_EXPLAIN_TEXT_H_

#include <string>
#include <vector>

#include "cimd/v1/grants_service.pb.h"
#include "client/cli/text/console.h"

// Decisions as text for people: the verdict; every failed check with its OAuth error and its fix; the checks that
// passed and those that could not be made; scopes, connections, consent; and the facts of the decision. Safe to print;
// every line ends with a line feed.
namespace cimd::cli {

// `assumed` lists the parameters that the operator did not name and the program added, one line each.
std::string ExplainText(const v1::AuthorizeRequestRequest& request, const v1::AuthorizeRequestResponse& response,
                        const std::vector<std::string>& assumed, const Style& style);
std::string ExplainText(const v1::AuthorizeTokenRequestRequest& request,
                        const v1::AuthorizeTokenRequestResponse& response, const Style& style);

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_TEXT_EXPLAIN_TEXT_H_
