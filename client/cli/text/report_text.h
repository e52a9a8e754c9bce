#ifndef CIMD_CLIENT_CLI_TEXT_REPORT_TEXT_H_
#define CIMD_CLIENT_CLI_TEXT_REPORT_TEXT_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "cimd/v1/metadata_document.pb.h"
#include "client/cli/text/console.h"

// Documents, diffs and failures as text for people. Safe to print; every line ends with a line feed.
namespace cimd::cli {

// A diff: for each changed field its name, the impact of the change, and the old and new values on lines that begin
// with
// "-" (red) and "+" (green). Changes that matter for security are marked with "!".
std::string DiffText(const v1::MetadataDiff& diff, const Style& style);

// Whether a document is valid, and every finding.
std::string ValidationText(const v1::Validation& validation, const Style& style);

// Why a document could not be read, and what the operator can do about it. `registered` says whether a client is
// registered for its URL: a document that is not there has another meaning then.
std::string FetchFailureText(const v1::FetchFailure& failure, bool registered, const Style& style);

// What the program knows about a call, besides the error that it ended with.
struct CallContext {
  std::string address;
  // Where the access token came from: the path of its file, or "CIMD_TOKEN". Empty: none was sent.
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
