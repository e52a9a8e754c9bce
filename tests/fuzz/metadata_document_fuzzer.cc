#include <algorithm>
#include <set>
#include <string>
#include <variant>

#include "google/protobuf/util/message_differencer.h"
#include "server/json/strict_json.h"
#include "server/metadata/metadata_diff.h"
#include "server/metadata/metadata_document.h"
#include "server/metadata/redirect_uri.h"
#include "tests/fuzz/fuzz_target.h"

// Input: a metadata document. It is validated as if it had been served from the URL in its client_id.
namespace cimd::fuzz {
namespace {

using google::protobuf::util::MessageDifferencer;
using metadata::DocumentReport;
using metadata::DocumentRules;

std::string UrlOf(const json::Value& document) {
  const auto found = document.is_object() ? document.find("client_id") : document.end();
  return found != document.end() && found->is_string() ? found->get<std::string>() : "https://app.example/client.json";
}

// True if the message can be stored and sent: all strings are UTF-8, which Protobuf checks when it parses.
template <typename Message>
void CheckSerializable(const Message& message) {
  Message read;
  Require(read.ParseFromString(message.SerializeAsString()) && MessageDifferencer::Equals(message, read));
}

void CheckAccepted(std::string_view bytes, std::string_view url, const DocumentRules& rules,
                   const v1::ClientMetadata& metadata) {
  Require(bytes.size() <= metadata::kMaxDocumentBytes);
  Require(metadata.external_client_id() == url);
  Require(!metadata.client_name().empty() || !rules.strict());
  Require(!metadata.grant_types().empty() && metadata.callbacks_size() <= 100);
  Require(metadata.token_endpoint_auth_method() == "none" ||
          metadata.token_endpoint_auth_method() == "private_key_jwt");
  std::set<std::string> seen;
  for (const std::string& callback : metadata.callbacks()) {
    Require(metadata::JudgeRedirectUri(callback, rules).usable && seen.insert(callback).second);
  }
  const v1::MetadataDiff diff = metadata::DiffMetadata(metadata, metadata, bytes, bytes);
  Require(diff.changes().empty());
}

DocumentReport Check(std::string_view bytes, std::string_view url, const DocumentRules& rules) {
  DocumentReport report = metadata::JudgeDocument(bytes, url, rules);
  const v1::Validation& validation = report.validation;
  Require(validation.valid() == validation.violations().empty());
  Require(report.metadata.has_value() || !validation.valid());
  Require(static_cast<size_t>(validation.violations_size() + validation.warnings_size()) <= 32 + bytes.size());
  CheckSerializable(validation);
  if (report.metadata.has_value()) CheckSerializable(*report.metadata);
  if (validation.valid()) CheckAccepted(bytes, url, rules, *report.metadata);
  return report;
}

}  // namespace

void FuzzOne(std::string_view input) {
  auto parsed = json::ParseStrict(input);
  const json::Value* document = std::get_if<json::Value>(&parsed);
  const std::string url = UrlOf(document != nullptr ? *document : json::Value());
  for (const v1::DocumentProfile profile : {v1::DOCUMENT_PROFILE_STANDARD, v1::DOCUMENT_PROFILE_STRICT}) {
    const DocumentRules rules{.profile = profile, .tenant_issuer = "https://login.example/"};
    const DocumentReport report = Check(input, url, rules);
    Require(document != nullptr || !report.metadata.has_value());
    if (document == nullptr) continue;
    // White space and escapes must not change the result.
    const std::string respelled = document->dump();
    if (input.size() > metadata::kMaxDocumentBytes || respelled.size() > metadata::kMaxDocumentBytes) continue;
    const DocumentReport other = Check(respelled, url, rules);
    Require(MessageDifferencer::Equals(report.validation, other.validation));
    Require(report.metadata.has_value() == other.metadata.has_value());
    Require(!report.metadata.has_value() || MessageDifferencer::Equals(*report.metadata, *other.metadata));
  }
}

}  // namespace cimd::fuzz
