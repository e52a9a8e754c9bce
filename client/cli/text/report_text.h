#ifndef CIMD_CLIENT_CLI_TEXT_REPORT_TEXT_H_
#define CIMD_CLIENT_CLI_TEXT_REPORT_TEXT_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "cimd/v1/metadata_document.pb.h"
#include "client/cli/text/console.h"

// Documents, diffs and failures as text for people. Safe to print; every line ends with a line feed.
namespace cimd::cli {

// A diff: for each changed field, its name, the impact of the change, and the old and new values. Old values are on
// lines that begin with "-" (red), new values on lines that begin with "+" (green). Changes that matter for security
// are marked with "!".
std::string DiffText(const v1::MetadataDiff& diff, const Style& style);

// Whether a document is valid, and every finding.
std::string ValidationText(const v1::Validation& validation, const Style& style);

// Why a document could not be fetched, and what the operator can do about it. `registered`: whether a client is
// registered for its URL, because a missing document then means that it was withdrawn.
std::string FetchFailureText(const v1::FetchFailure& failure, bool registered, const Style& style);

// The context of a failed call, which ErrorText uses for its advice.
struct CallContext {
  std::string address;
  // The source of the access token: the path of its file, or "CIMD_TOKEN". Empty when no token was sent.
  std::string token_source;
  bool tls = false;
  // The id that --tenant names.
  std::string tenant;
};

// A failed call: its message and reason, each violation of the request or the document, and what the operator can do
// about it.
std::string ErrorText(const absl::Status& status, const CallContext& context, const Style& style);

// An error of the command line or of a file that it names.
std::string UsageErrorText(std::string_view why, const Style& style);

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_TEXT_REPORT_TEXT_H_
