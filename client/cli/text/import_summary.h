#ifndef CIMD_CLIENT_CLI_TEXT_IMPORT_SUMMARY_H_
#define CIMD_CLIENT_CLI_TEXT_IMPORT_SUMMARY_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "cimd/v1/registration_service.pb.h"

// The summary of `cimdctl clients import`.
namespace cimd::cli {

// A URL that could not be imported, and why.
struct ImportFailure {
  std::string external_client_id;
  // TRANSPORT, CHALLENGE or WITHDRAWN for a document that could not be read, INVALID for one that can never be
  // registered as it is, and the status code for everything else.
  std::string kind;
  // The reason of the failed fetch, such as HTML, or of the failed call, such as DOCUMENT_INVALID; may be empty.
  std::string reason;
  // For people.
  std::string message;
};
ImportFailure DescribeFailure(const std::string& url, const absl::Status& status);

// Whether the cause of a failure is the caller, the tenant or the server, so that every further URL would also fail.
bool ConcernsEveryUrl(const absl::Status& status);

// "created", "updated" or "unchanged".
std::string ResultName(const v1::RegisterClientResponse& response);

// Counts the results of an import. Thread-safe.
class ImportSummary {
 public:
  // Adds a result. Returns a log line, safe to print, that ends with a line feed.
  std::string Add(const std::string& url, const absl::StatusOr<v1::RegisterClientResponse>& answer);

  size_t failed() const;

  // The numbers of URLs by result, and of failures by kind and reason. `not_tried` is the number of URLs that were not
  // tried. Safe to print.
  std::string Text(size_t not_tried) const;
  // The same as a JSON object, with every failure.
  std::string Json(size_t not_tried) const;

 private:
  mutable absl::Mutex mutex_;
  size_t created_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t updated_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t unchanged_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<ImportFailure> failures_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_TEXT_IMPORT_SUMMARY_H_
