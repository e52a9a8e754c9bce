#include "server/metadata/metadata_document.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "server/json/strict_json.h"
#include "server/metadata/client_id_url.h"
#include "server/metadata/document_members.h"
#include "server/metadata/document_parts.h"
#include "server/metadata/findings.h"
#include "server/metadata/uri_difference.h"

namespace cimd::metadata {
namespace {

using std::string_view;

constexpr string_view kClientId = "client_id";

// The members that are read in both profiles, and those that only STANDARD reads.
constexpr string_view kMembers[] = {
    "client_id",        "client_name", "redirect_uris", "grant_types", "jwks",          "token_endpoint_auth_method",
    "application_type", "jwks_uri",    "logo_uri",      "description", "response_types"};
constexpr string_view kStandardMembers[] = {"client_uri", "software_statement", "token_endpoint_auth_methods_supported",
                                            "token_endpoint_auth_signing_alg"};

v1::FindingReason ReasonOf(json::Fault fault) {
  switch (fault) {
    case json::Fault::kMalformed:
      return v1::FINDING_REASON_JSON_MALFORMED;
    case json::Fault::kUtf8Invalid:
      return v1::FINDING_REASON_JSON_UTF8_INVALID;
    case json::Fault::kMemberDuplicate:
      return v1::FINDING_REASON_JSON_MEMBER_DUPLICATE;
    case json::Fault::kTooDeep:
      return v1::FINDING_REASON_JSON_TOO_DEEP;
  }
  return v1::FINDING_REASON_JSON_MALFORMED;
}

// The document as an object, or the finding that says why it is none.
std::variant<json::Value, v1::Finding> ReadObject(string_view bytes) {
  if (bytes.size() > kMaxDocumentBytes) {
    return MakeFinding(
        v1::FINDING_REASON_DOCUMENT_TOO_LARGE, "$",
        absl::StrCat("the document has ", bytes.size(), " bytes; at most ", kMaxDocumentBytes, " are allowed"));
  }
  auto parsed = json::ParseStrict(bytes);
  if (auto* error = std::get_if<json::ParseError>(&parsed)) {
    return MakeFinding(ReasonOf(error->fault), std::move(error->path), std::move(error->message));
  }
  auto& value = std::get<json::Value>(parsed);
  if (!value.is_object()) {
    return MakeFinding(v1::FINDING_REASON_JSON_NOT_OBJECT, "$",
                       absl::StrCat("the document is of type ", value.type_name(), "; it has to be an object"));
  }
  return std::move(value);
}

void JudgeIdentity(DocumentMembers& members, string_view url) {
  if (members.Find(kClientId) == nullptr) {
    members.Violation(kClientId, v1::FINDING_REASON_CLIENT_ID_MISSING, "client_id is required");
  } else if (const auto client_id = members.String(kClientId); client_id.has_value() && *client_id != url) {
    const std::string difference = DescribeSmallDifference(*client_id, url);
    members.Violation(kClientId, v1::FINDING_REASON_CLIENT_ID_MISMATCH,
                      absl::StrCat("client_id is ", Quoted(*client_id), ", which is not byte for byte the URL ",
                                   Quoted(url), difference.empty() ? "" : "; they differ in ", difference));
  }
}

bool IsRead(string_view name, const DocumentRules& rules) {
  return absl::c_linear_search(kMembers, name) || (!rules.strict() && absl::c_linear_search(kStandardMembers, name));
}

void NoteAbsentMembers(DocumentMembers& members, const DocumentRules& rules) {
  for (const string_view name : members.names()) {
    if (members.Find(name) != nullptr || !IsRead(name, rules)) continue;
    members.Warning(name, v1::FINDING_REASON_MEMBER_EMPTY, "null or empty; taken to be absent");
  }
}

void NoteIgnoredMembers(DocumentMembers& members, const DocumentRules& rules) {
  const auto& names = members.names();
  if (names.size() > kMaxMembers) {
    members.ViolationAt("", "$", v1::FINDING_REASON_MEMBER_TOO_MANY,
                        absl::StrCat(names.size(), " members; at most ", kMaxMembers, " are allowed"));
  }
  for (size_t i = 0; i < std::min(names.size(), kMaxMembers); ++i) {
    const string_view name = names[i];
    if (!rules.strict() && name == "software_statement" && members.Find(name) != nullptr) {
      members.Warning(name, v1::FINDING_REASON_SOFTWARE_STATEMENT_IGNORED,
                      "software statements are not verified here; its claims are not used");
    }
    if (IsRead(name, rules) || name.starts_with("client_secret")) continue;
    members.Warning(name, v1::FINDING_REASON_MEMBER_IGNORED,
                    name.find('#') == string_view::npos
                        ? "ignored: neither validated nor mapped"
                        : "ignored: language variants are neither validated nor mapped");
  }
}

}  // namespace

DocumentReport JudgeDocument(string_view bytes, string_view url, const DocumentRules& rules) {
  DocumentReport report;
  v1::Validation& validation = report.validation;
  ClientIdUrlReport url_report = JudgeClientIdUrl(url, rules);
  for (v1::Finding& finding : url_report.violations) *validation.add_violations() = std::move(finding);
  for (v1::Finding& finding : url_report.warnings) *validation.add_warnings() = std::move(finding);
  const bool url_valid = validation.violations().empty();

  auto document = ReadObject(bytes);
  if (auto* finding = std::get_if<v1::Finding>(&document)) {
    *validation.add_violations() = std::move(*finding);
    return report;
  }
  DocumentMembers members(std::get<json::Value>(document), /*lenient=*/!rules.strict());
  v1::ClientMetadata& metadata = report.metadata.emplace();
  if (url_valid) metadata.set_external_client_id(std::string(url));
  const DocumentPart part{members, rules, url_report, metadata};
  NoteAbsentMembers(members, rules);
  JudgeIdentity(members, url);
  JudgeRedirects(part, JudgeGrants(part));
  JudgeAuthentication(part);
  JudgeKeys(part);
  JudgePresentation(part);
  NoteIgnoredMembers(members, rules);
  members.MoveFindingsTo(validation);
  validation.set_valid(validation.violations().empty());
  return report;
}

}  // namespace cimd::metadata
