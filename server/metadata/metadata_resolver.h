#ifndef CIMD_SERVER_METADATA_METADATA_RESOLVER_H_
#define CIMD_SERVER_METADATA_METADATA_RESOLVER_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "cimd/v1/admin_service.pb.h"
#include "cimd/v1/metadata_document.pb.h"
#include "server/fetch/fetcher.h"
#include "server/metadata/client_id_url.h"
#include "server/metadata/metadata_document.h"

namespace cimd::metadata {

// Which document to judge, and how to come by it.
struct ResolveRequest {
  // A client identifier URL that MetadataResolver::JudgeUrl found valid.
  std::string_view url;
  // Whose rules apply.
  const v1::Tenant& tenant;
  // The operator's copy, used instead of a fetch.
  std::optional<std::string_view> supplied;
  // The version in force, whose validators make the fetch conditional; null when there is none.
  const v1::MetadataDocument* in_force = nullptr;
  // W3C trace context to pass on; empty for none.
  std::string_view traceparent;
  // When the caller goes: nothing is fetched after it.
  absl::Time deadline = absl::InfiniteFuture();
};

// A document with its judgement, or the failure to come by one.
struct ResolvedDocument {
  // Set when there is no document; everything else is empty then.
  std::optional<v1::FetchFailure> failure;
  // The document as read, handed in, or confirmed by a 304; with its digest, provenance and evidence. No name, no
  // times.
  v1::MetadataDocument document;
  DocumentReport report;
};

// From a client identifier URL to a judged document: the one place where a document is fetched. Everything it returns
// comes from the document's publisher. Stores nothing. Thread-safe; Resolve blocks for as long as the fetch takes.
class MetadataResolver {
 public:
  // `fetcher` outlives this. `allow_special_hosts` as in DocumentRules.
  MetadataResolver(fetch::Fetcher& fetcher, bool allow_special_hosts)
      : fetcher_(fetcher), allow_special_hosts_(allow_special_hosts) {}

  // The rules that a tenant holds documents to. Refers to `tenant`.
  DocumentRules RulesOf(const v1::Tenant& tenant) const;

  // Whether the URL may be a client identifier in this tenant at all. No I/O.
  ClientIdUrlReport JudgeUrl(std::string_view url, const v1::Tenant& tenant) const;

  ResolvedDocument Resolve(const ResolveRequest& request) const;

 private:
  fetch::Fetcher& fetcher_;
  const bool allow_special_hosts_;
};

}  // namespace cimd::metadata

#endif  // CIMD_SERVER_METADATA_METADATA_RESOLVER_H_
