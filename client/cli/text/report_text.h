#ifndef CIMD_CLIENT_CLI_TEXT_REPORT_TEXT_H_
#define CIMD_CLIENT_CLI_TEXT_REPORT_TEXT_H_

#include <string>

#include "absl/status/status.h"
#include "cimd/v1/metadata_document.pb.h"
#include "client/cli/text/console.h"

// What is said about documents, diffs and failures, as text for people. Safe to print; every line ends with a line
// feed.
namespace cimd::cli {

// A diff: for each field that changes its name, how that matters, and the old and new values on lines that begin with
// "-" (red) and "+" (green). Changes that matter for security are marked with "!".
std::string DiffText(const v1::MetadataDiff& diff, const Style& style);

// Whether a document is valid, and every finding.
std::string ValidationText(const v1::Validation& validation, const Style& style);

// Why a document could not be read, and what the operator can do about it.
std::string FetchFailureText(const v1::FetchFailure& failure, const Style& style);

// A failed call: what went wrong with its reason, each violation of the request or the document, and what the operator
// can do about it.
std::string ErrorText(const absl::Status& status, const Style& style);

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_TEXT_REPORT_TEXT_H_
