#include "server/metadata/metadata_resolver.h"

#include <string>
#include <string_view>
#include <utility>

#include "server/crypto/sha256.h"

namespace cimd::metadata {

DocumentRules MetadataResolver::RulesOf(const v1::Tenant& tenant) const {
  return {.profile = tenant.document_profile(),
          .tenant_issuer = tenant.issuer(),
          .allow_special_hosts = allow_special_hosts_};
}

ClientIdUrlReport MetadataResolver::JudgeUrl(std::string_view url, const v1::Tenant& tenant) const {
  return JudgeClientIdUrl(url, RulesOf(tenant));
}

ResolvedDocument MetadataResolver::Resolve(const ResolveRequest& request) const {
  ResolvedDocument resolved;
  v1::MetadataDocument& document = resolved.document;
  if (request.supplied.has_value()) {
    document.set_body(std::string(*request.supplied));
    document.set_provenance(v1::DOCUMENT_PROVENANCE_OPERATOR_SUPPLIED);
  } else {
    fetch::FetchRequest fetch{.url = std::string(request.url),
                              .tenant = request.tenant.name(),
                              .traceparent = std::string(request.traceparent),
                              .deadline = request.deadline,
                              .is_cancelled = request.is_cancelled};
    if (request.in_force != nullptr) {
      fetch.if_none_match = request.in_force->evidence().http_etag();
      fetch.if_modified_since = request.in_force->evidence().http_last_modified();
    }
    fetch::FetchResult result = fetcher_.Fetch(fetch);
    if (result.failed) {
      resolved.failure = std::move(result.failure);
      return resolved;
    }
    if (result.document.not_modified) {
      document.set_body(request.in_force->body());
    } else {
      document.set_body(std::move(result.document.body));
    }
    document.set_provenance(v1::DOCUMENT_PROVENANCE_FETCHED);
    *document.mutable_evidence() = std::move(result.document.evidence);
  }
  document.set_document_sha256(crypto::Sha256Hex(document.body()));
  resolved.report = JudgeDocument(document.body(), request.url, RulesOf(request.tenant));
  return resolved;
}

}  // namespace cimd::metadata
