#include "client/cli/text/report_text.h"

#include <string_view>

#include "client/cli/text/message_text.h"
#include "client/cli/text/printable_text.h"
#include "client/cli/text/table.h"
#include "client/status.h"
#include "fmt/format.h"

namespace cimd::cli {
namespace {

constexpr std::string_view kIndent = "    ";

std::string ImpactText(v1::ChangeImpact impact) {
  return impact == v1::CHANGE_IMPACT_NONE ? "" : "  " + ShortEnumName(impact);
}

// What to do about a document that could not be read.
std::string_view FetchHint(std::string_view kind) {
  if (kind == "TRANSPORT") return "the host did not answer properly; try again later";
  if (kind == "CHALLENGE") return "the host refuses data centres; hand in a copy with --document FILE";
  if (kind == "WITHDRAWN") return "the publisher took the document away; consider `cimdctl clients block URL`";
  if (kind == "INVALID")
    return "the host serves something else than a metadata document; its publisher has to mend that";
  return "";
}

// What to do about an error of this reason, or of this code if no server gave one.
std::string_view Hint(const absl::Status& status, const google::rpc::ErrorInfo& info) {
  struct ReasonHint {
    std::string_view reason;
    std::string_view hint;
  };
  static constexpr ReasonHint kHints[] = {
      {"ACCESS_TOKEN_INVALID", "name the file of a token with --token_file, or set CIMD_TOKEN"},
      {"CIMD_DISABLED", "turn it on with `cimdctl tenants update --cimd on`"},
      {"CLIENT_BLOCKED", "lift the block with `cimdctl clients unblock URL`"},
      {"CLIENT_PINNED", "let it move with `cimdctl clients unpin URL`"},
      {"DOCUMENT_CHANGED", "look at the document that is served now, then try again"},
      {"ETAG_MISMATCH", "somebody else changed it; look at it again"},
      {"SERVER_METADATA_INCOMPLETE", "set what is missing with `cimdctl tenants update`"},
      {"TENANT_NOT_EMPTY", "--force deletes a tenant with its clients"},
      {"TENANT_NOT_FOUND", "`cimdctl tenants list` tells which there are; --tenant chooses one"},
  };
  if (info.reason() == "DOCUMENT_NOT_FETCHED") {
    auto kind = info.metadata().find("kind");
    return kind == info.metadata().end() ? "" : FetchHint(kind->second);
  }
  for (const ReasonHint& hint : kHints) {
    if (info.reason() == hint.reason) return hint.hint;
  }
  if (info.reason().empty() && status.code() == absl::StatusCode::kUnavailable) {
    return "is cimd-server running there? --server names another address";
  }
  return "";
}

std::string HintLine(std::string_view hint) { return hint.empty() ? "" : fmt::format("{}hint: {}\n", kIndent, hint); }

// "DOCUMENT_NOT_FETCHED: CHALLENGE, HTML", or the code of an error that no server gave a reason.
std::string ReasonLabel(const absl::Status& status, const google::rpc::ErrorInfo& info) {
  if (info.reason().empty()) return absl::StatusCodeToString(status.code());
  std::string label = info.reason();
  const auto& metadata = info.metadata();
  if (auto kind = metadata.find("kind"); kind != metadata.end()) label += ": " + kind->second;
  if (auto reason = metadata.find("reason"); reason != metadata.end()) label += ", " + reason->second;
  return Printable(label);
}

// Each line of `text` further to the right.
std::string Indented(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const size_t length = text.find('\n') + 1;
    result += fmt::format("{}{}", kIndent, text.substr(0, length));
    text.remove_prefix(length);
  }
  return result;
}

std::string Counted(int count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace

std::string DiffText(const v1::MetadataDiff& diff, const Style& style) {
  if (diff.changes().empty()) return "No differences.\n";
  std::string text;
  for (const v1::FieldChange& change : diff.changes()) {
    const std::string title = Printable(change.field()) + ImpactText(change.impact());
    text += change.security_relevant() ? style.Alarm("! " + title) + "\n" : fmt::format("  {}\n", title);
    if (change.has_old_value()) text += fmt::format("{}{}\n", kIndent, style.Red("- " + Printable(change.old_value())));
    if (change.has_new_value())
      text += fmt::format("{}{}\n", kIndent, style.Green("+ " + Printable(change.new_value())));
  }
  return text;
}

std::string ValidationText(const v1::Validation& validation, const Style& style) {
  std::string text = validation.valid() ? style.Green("valid") : style.Red("invalid");
  text += fmt::format(": {}, {}\n", Counted(validation.violations_size(), "violation"),
                      Counted(validation.warnings_size(), "warning"));
  Table table;
  for (const v1::Finding& finding : validation.violations()) {
    table.AddRow({"violation", finding.path(), ShortEnumName(finding.reason()), finding.message()});
  }
  for (const v1::Finding& finding : validation.warnings()) {
    table.AddRow({"warning", finding.path(), ShortEnumName(finding.reason()), finding.message()});
  }
  return text + Indented(table.Render());
}

std::string FetchFailureText(const v1::FetchFailure& failure, const Style& style) {
  const std::string kind = ShortEnumName(failure.kind());
  std::string text = fmt::format("{} {} ({}, {})\n", style.Red("not fetched:"), Printable(failure.message()), kind,
                                 ShortEnumName(failure.reason()));
  return text + HintLine(FetchHint(kind));
}

std::string ErrorText(const absl::Status& status, const Style& style) {
  const google::rpc::ErrorInfo info = client::ErrorInfoOf(status).value_or(google::rpc::ErrorInfo());
  std::string text = fmt::format("{} {} ({})\n", style.Red("error:"), Printable(std::string(status.message())),
                                 ReasonLabel(status, info));
  Table violations;
  const google::rpc::BadRequest bad_request = client::BadRequestOf(status).value_or(google::rpc::BadRequest());
  for (const auto& violation : bad_request.field_violations()) {
    violations.AddRow({violation.field(), violation.reason(), violation.description()});
  }
  return text + Indented(violations.Render()) + HintLine(Hint(status, info));
}

}  // namespace cimd::cli
