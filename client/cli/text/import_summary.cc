#include "client/cli/text/import_summary.h"

#include <map>
#include <utility>

#include "client/cli/text/printable_text.h"
#include "client/cli/text/table.h"
#include "client/status.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"

namespace cimd::cli {

ImportFailure DescribeFailure(const std::string& url, const absl::Status& status) {
  const google::rpc::ErrorInfo info = client::ErrorInfoOf(status).value_or(google::rpc::ErrorInfo());
  ImportFailure failure{.external_client_id = url,
                        .kind = absl::StatusCodeToString(status.code()),
                        .reason = info.reason(),
                        .message = std::string(status.message())};
  if (info.reason() == "DOCUMENT_INVALID") failure.kind = "INVALID";
  if (info.reason() == "DOCUMENT_NOT_FETCHED") {
    const auto& metadata = info.metadata();
    if (auto kind = metadata.find("kind"); kind != metadata.end()) failure.kind = kind->second;
    if (auto reason = metadata.find("reason"); reason != metadata.end()) failure.reason = reason->second;
  }
  return failure;
}

bool ConcernsEveryUrl(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnavailable:
      return true;
    default:
      break;
  }
  const std::string reason = client::ReasonOf(status);
  return reason == "CIMD_DISABLED" || reason == "TENANT_NOT_FOUND" || reason == "TENANT_BEING_DELETED";
}

std::string ResultName(const v1::RegisterClientResponse& response) {
  if (response.created()) return "created";
  return response.diff().changes().empty() ? "unchanged" : "updated";
}

std::string ImportSummary::Add(const std::string& url, const absl::StatusOr<v1::RegisterClientResponse>& answer) {
  absl::MutexLock lock(&mutex_);
  if (!answer.ok()) {
    const ImportFailure& failure = failures_.emplace_back(DescribeFailure(url, answer.status()));
    const std::string reason = failure.reason.empty() ? "" : ", " + failure.reason;
    return Printable(fmt::format("failed {}: {} ({}{})", url, failure.message, failure.kind, reason)) + "\n";
  }
  const std::string result = ResultName(*answer);
  ++(result == "created" ? created_ : result == "updated" ? updated_ : unchanged_);
  return Printable(fmt::format("{} {}", result, url)) + "\n";
}

size_t ImportSummary::failed() const {
  absl::MutexLock lock(&mutex_);
  return failures_.size();
}

std::string ImportSummary::Text(size_t not_tried) const {
  absl::MutexLock lock(&mutex_);
  std::map<std::pair<std::string, std::string>, size_t> failed;
  for (const ImportFailure& failure : failures_) ++failed[{failure.kind, failure.reason}];
  Table table({"RESULT", "COUNT", "KIND", "REASON"});
  table.AddRow({"created", std::to_string(created_)});
  table.AddRow({"updated", std::to_string(updated_)});
  table.AddRow({"unchanged", std::to_string(unchanged_)});
  for (const auto& [why, count] : failed) table.AddRow({"failed", std::to_string(count), why.first, why.second});
  if (failed.empty()) table.AddRow({"failed", "0"});
  if (not_tried > 0) table.AddRow({"not tried", std::to_string(not_tried)});
  return table.Render();
}

std::string ImportSummary::Json(size_t not_tried) const {
  absl::MutexLock lock(&mutex_);
  nlohmann::ordered_json json = {{"created", created_},     {"updated", updated_},
                                 {"unchanged", unchanged_}, {"failed", failures_.size()},
                                 {"not_tried", not_tried},  {"failures", nlohmann::ordered_json::array()}};
  for (const ImportFailure& failure : failures_) {
    json["failures"].push_back({{"external_client_id", failure.external_client_id},
                                {"kind", failure.kind},
                                {"reason", failure.reason},
                                {"message", failure.message}});
  }
  // A URL in the list may contain invalid UTF-8, which is replaced.
  return PrintableJson(json.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)) + "\n";
}

}  // namespace cimd::cli
