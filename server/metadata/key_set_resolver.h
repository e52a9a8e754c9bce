#ifndef CIMD_SERVER_METADATA_KEY_SET_RESOLVER_H_
#define CIMD_SERVER_METADATA_KEY_SET_RESOLVER_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "cimd/v1/admin_service.pb.h"
#include "cimd/v1/metadata_document.pb.h"
#include "server/fetch/fetcher.h"
#include "server/jose/jwk_set.h"

namespace cimd::metadata {

// The stored copy of a key set, for a conditional fetch. It was judged by the profile that applies now.
struct HeldKeySet {
  std::string http_etag;
  std::string http_last_modified;
  // SHA-256 of the copy, in hexadecimal.
  std::string sha256;
};

// For how long to wait for a key set.
struct KeySetWait {
  // W3C trace context to pass on; empty for none.
  std::string traceparent = {};
  // When the call arrived.
  absl::Time now;
  // Nothing is fetched after it.
  absl::Time deadline = absl::InfiniteFuture();
  // See fetch::FetchRequest::is_cancelled.
  std::function<bool()> is_cancelled = {};
};

// A client's key set with its judgement, or the failure to get one.
struct ResolvedKeySet {
  // Where it was read; empty for the document itself.
  std::string jwks_uri = {};
  // The profile it was judged by.
  v1::DocumentProfile profile = v1::DOCUMENT_PROFILE_STANDARD;
  // When the fetch began, and its place in the order of fetches (fetch::FetchResult::order): of two sets, the one with
  // the larger order is the newer one. The order is 0 for a set in the document, and when nothing was sent.
  absl::Time fetch_time = {};
  int64_t fetch_order = 0;
  // The caller left before the fetch was over. `failure` is set; do not store it.
  bool abandoned = false;
  // Set when the set could not be read; everything below is empty then.
  std::optional<v1::FetchFailure> failure = {};
  // The host confirmed the copy with digest `sha256`; `set` is empty then.
  bool not_modified = false;
  std::string sha256 = {};
  jose::JwkSet set = {};
  // Within kMinKeySetLifetime and kMaxKeySetLifetime; infinite for a set in the document.
  absl::Duration fresh_for = {};
  std::string http_etag = {};
  std::string http_last_modified = {};
};

// A set that must not be cached is used for a minute all the same: otherwise each login would be a request to the
// client's host.
inline constexpr absl::Duration kMinKeySetLifetime = absl::Minutes(1);
inline constexpr absl::Duration kMaxKeySetLifetime = absl::Hours(24);

// Whether a client with this metadata may authenticate with private_key_jwt, and therefore has keys.
bool UsesKeys(const v1::ClientMetadata& metadata);

// From a client's metadata to a judged key set. The only class that fetches key sets, under the rules for documents.
// Everything it returns comes from the client's publisher. Stores nothing. Thread-safe.
class KeySetResolver {
 public:
  // `fetcher` outlives this.
  explicit KeySetResolver(fetch::Fetcher& fetcher) : fetcher_(fetcher) {}

  // The set at jwks_uri of the metadata; without jwks_uri, the member jwks of `document`, which the metadata was mapped
  // from. Applies the tenant's rules. `held` may be null. Blocks for the fetch. Call it only if UsesKeys(metadata).
  ResolvedKeySet Resolve(const v1::Tenant& tenant, const v1::ClientMetadata& metadata, std::string_view document,
                         const HeldKeySet* held, const KeySetWait& wait) const;

 private:
  fetch::Fetcher& fetcher_;
};

// The set in a document itself, without I/O.
ResolvedKeySet ReadInlineKeySet(std::string_view document, v1::DocumentProfile profile, absl::Time now);

}  // namespace cimd::metadata

#endif  // CIMD_SERVER_METADATA_KEY_SET_RESOLVER_H_
