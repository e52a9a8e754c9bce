#ifndef CIMD_SERVER_METADATA_METADATA_RESOLVER_H_
#define CIMD_SERVER_METADATA_METADATA_RESOLVER_H_

#include <functional>
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

// Which document to judge, and how to get it.
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
  // Nothing is fetched after it.
  absl::Time deadline = absl::InfiniteFuture();
  // See fetch::FetchRequest::is_cancelled.
  std::function<bool()> is_cancelled = {};
};

// A document with its judgement, or the failure to get one.
struct ResolvedDocument {
  // Set when there is no document; everything else is empty then.
  std::optional<v1::FetchFailure> failure;
  // The document as read, supplied, or confirmed by a 304; with digest, provenance and evidence, without name and
  // times.
  v1::MetadataDocument document;
  DocumentReport report;
};

// From a client identifier URL to a judged document. The only class that fetches documents. Everything it returns comes
// from the document's publisher. Stores nothing. Thread-safe; Resolve blocks for the fetch.
class MetadataResolver {
 public:
  // `fetcher` outlives this. `allow_special_hosts` as in DocumentRules.
  MetadataResolver(fetch::Fetcher& fetcher, bool allow_special_hosts)
      : fetcher_(fetcher), allow_special_hosts_(allow_special_hosts) {}

  // The rules of a tenant for documents. Refers to `tenant`.
  DocumentRules RulesOf(const v1::Tenant& tenant) const;

  // Whether the URL may be a client identifier in this tenant. No I/O.
  ClientIdUrlReport JudgeUrl(std::string_view url, const v1::Tenant& tenant) const;

  ResolvedDocument Resolve(const ResolveRequest& request) const;

 private:
  fetch::Fetcher& fetcher_;
  const bool allow_special_hosts_;
};

}  // namespace cimd::metadata

#endif  // CIMD_SERVER_METADATA_METADATA_RESOLVER_H_
