#include "client/cli/text/report_text.h"

#include <optional>
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

// Advice about a document that could not be fetched. `registered`: whether a client is registered for its URL; nullopt
// when the caller does not know.
std::string_view FetchHint(std::string_view kind, std::string_view reason, std::optional<bool> registered) {
  if (kind == "WITHDRAWN") {
    if (!registered.has_value()) {
      return "the host has no such document: check the URL. If the client is registered, its publisher took the "
             "document "
             "away; `cimdctl clients block URL` refuses the client";
    }
    return *registered ? "the publisher took the document away; `cimdctl clients block URL` refuses the client"
                       : "the host has no such document: check the URL";
  }
  if (reason == "UNREACHABLE") return "check the host's name; the server's log tells why it cannot be reached";
  if (reason == "TLS")
    return "the TLS handshake with the host failed, or its certificate is not valid; its operator has to mend that";
  if (reason == "PACED")
    return "earlier attempts failed and the server waits before it asks the host again; try again later";
  if (reason == "BUSY") return "the server reads too many documents at the moment; try again";
  if (kind == "TRANSPORT") return "the host did not answer properly; try again later";
  if (kind == "CHALLENGE") return "the host refuses data centres; hand in a copy with --document FILE";
  if (reason == "REDIRECT")
    return "redirects are not followed; use the URL that the document itself names as its client_id";
  if (reason == "CONTENT_TYPE") {
    return "the host does not serve the document as JSON; its publisher has to mend that, or hand in a copy with "
           "--document FILE";
  }
  if (kind == "INVALID") {
    return "the host serves something else than a metadata document; its publisher has to mend that";
  }
  return "";
}

// Advice about a server that did not answer. gRPC distinguishes the causes only in the text of its message.
std::string UnavailableHint(std::string_view message, const CallContext& context) {
  const auto says = [&](std::string_view part) { return message.find(part) != std::string_view::npos; };
  if (says("certificate verify failed") || says("CERTIFICATE_VERIFY_FAILED")) {
    return "the server's certificate is not from an authority that --ca_file names";
  }
  if (says("not in peer certificate") || says("Hostname Verification Check failed")) {
    return fmt::format("the server's certificate is for another host than {}", Printable(context.address));
  }
  if (says("wrong version number") || says("WRONG_VERSION_NUMBER")) {
    return "perhaps the server speaks plain text: leave --ca_file out";
  }
  if (context.tls && (says("Ssl handshake") || says("Socket closed"))) {
    return "the TLS handshake failed: perhaps the server wants a client certificate (--certificate_file)";
  }
  // A TLS server closes a connection that starts in plain text.
  if (!context.tls && (says("Socket closed") || says("Connection reset"))) {
    return "perhaps the server speaks TLS: name the authorities of its certificate with --ca_file or CIMD_CA_FILE";
  }
  return "is cimd-server running there? --server names another address";
}

// Advice about an error with this reason.
std::string ReasonHint(std::string_view reason, const CallContext& context) {
  struct Row {
    std::string_view reason;
    std::string_view hint;
  };
  static constexpr Row kHints[] = {
      {"ACCESS_TOKEN_OUTLIVES_CALLER", "give a shorter --lifetime; a token cannot outlive the one that makes it"},
      {"CIMD_DISABLED", "turn it on with `cimdctl tenants update --cimd on`"},
      {"CLIENT_BLOCKED", "`cimdctl clients blocks` tells why; `cimdctl clients unblock URL` lifts the block"},
      {"CLIENT_IN_USE", "--force deletes a client with its grants"},
      {"CLIENT_PINNED", "let it move with `cimdctl clients unpin URL`"},
      {"CONNECTION_IN_USE", "--force does it all the same"},
      {"DOCUMENT_CHANGED", "look at the document that is served now, then try again"},
      {"ETAG_MISMATCH", "somebody else changed it; look at it again"},
      {"METHOD_FORBIDDEN", "use a token that was created with --platform"},
      {"RESOURCE_SERVER_IN_USE", "--force deletes an API with its grants"},
      {"SCOPE_INSUFFICIENT", "use a token with that scope; `cimdctl tokens scopes` tells what each allows"},
      {"SCOPE_NOT_HELD", "a token gives only scopes that it holds itself; use one with more of them"},
      {"SERVER_METADATA_INCOMPLETE", "set what is missing with `cimdctl tenants update`"},
      {"TENANT_NOT_EMPTY", "--force deletes a tenant with its clients"},
      {"TENANT_NOT_FOUND", "`cimdctl tenants list` tells which there are; --tenant chooses one"},
  };
  if (reason == "ACCESS_TOKEN_INVALID") {
    if (context.token_source.empty()) {
      return "the server does not take the client certificate as a caller; name the file of a token with --token_file";
    }
    return fmt::format(
        "the server does not know the token in {}: it was revoked, has expired, or belongs to another server",
        Printable(context.token_source));
  }
  if (reason == "TENANT_FORBIDDEN") {
    return fmt::format(
        "the token belongs to another tenant than '{}': name the token's tenant with --tenant or CIMD_TENANT",
        Printable(context.tenant));
  }
  for (const Row& row : kHints) {
    if (reason == row.reason) return std::string(row.hint);
  }
  return "";
}

std::string MetadataOf(const google::rpc::ErrorInfo& info, const std::string& key) {
  auto found = info.metadata().find(key);
  return found == info.metadata().end() ? "" : found->second;
}

std::string Hint(const absl::Status& status, const google::rpc::ErrorInfo& info, const CallContext& context) {
  if (info.reason() == "DOCUMENT_NOT_FETCHED") {
    return std::string(FetchHint(MetadataOf(info, "kind"), MetadataOf(info, "reason"), std::nullopt));
  }
  if (info.reason().empty() && status.code() == absl::StatusCode::kUnavailable) {
    return UnavailableHint(std::string_view(status.message().data(), status.message().size()), context);
  }
  return ReasonHint(info.reason(), context);
}

std::string HintLine(std::string_view hint) { return hint.empty() ? "" : fmt::format("{}hint: {}\n", kIndent, hint); }

// The reason of an error with its details, "DOCUMENT_NOT_FETCHED: CHALLENGE, HTML". For errors without a reason, which
// do not come from a server, the status code.
std::string ReasonLabel(const absl::Status& status, const google::rpc::ErrorInfo& info) {
  if (info.reason().empty()) return absl::StatusCodeToString(status.code());
  std::string label = info.reason();
  if (std::string kind = MetadataOf(info, "kind"); !kind.empty()) label += ": " + kind;
  if (std::string reason = MetadataOf(info, "reason"); !reason.empty()) label += ", " + reason;
  return Printable(label);
}

// Indents each line of `text`.
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

std::string FetchFailureText(const v1::FetchFailure& failure, bool registered, const Style& style) {
  const std::string kind = ShortEnumName(failure.kind());
  const std::string reason = ShortEnumName(failure.reason());
  return fmt::format("{} {} ({}, {})\n", style.Red("not fetched:"), Printable(failure.message()), kind, reason) +
         HintLine(FetchHint(kind, reason, registered));
}

std::string ErrorText(const absl::Status& status, const CallContext& context, const Style& style) {
  const google::rpc::ErrorInfo info = client::ErrorInfoOf(status).value_or(google::rpc::ErrorInfo());
  std::string text = fmt::format("{} {} ({})\n", style.Red("error:"), Printable(std::string(status.message())),
                                 ReasonLabel(status, info));
  Table violations;
  const google::rpc::BadRequest bad_request = client::BadRequestOf(status).value_or(google::rpc::BadRequest());
  for (const auto& violation : bad_request.field_violations()) {
    violations.AddRow({violation.field(), violation.reason(), violation.description()});
  }
  return text + Indented(violations.Render()) + HintLine(Hint(status, info, context));
}

std::string UsageErrorText(std::string_view why, const Style& style) {
  return fmt::format("{} {}\n", style.Red("error:"), Printable(why));
}

}  // namespace cimd::cli
