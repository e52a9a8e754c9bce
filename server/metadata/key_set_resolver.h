#ifndef CIMD_SERVER_METADATA_KEY_SET_RESOLVER_H_
#define CIMD_SERVER_METADATA_KEY_SET_RESOLVER_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "cimd/v1/admin_service.pb.h"
#include "cimd/v1/metadata_document.pb.h"
#include "server/fetch/fetcher.h"
#include "server/jose/jwk_set.h"

namespace cimd::metadata {

// A copy of a key set that we hold, for a conditional fetch. It was judged by the profile that applies now.
struct HeldKeySet {
  std::string http_etag;
  std::string http_last_modified;
  // SHA-256 of the copy, in hexadecimal.
  std::string sha256;
};

// A client's key set with its judgement, or the failure to come by one.
struct ResolvedKeySet {
  // Where it was read; empty when it stands in the document itself.
  std::string jwks_uri = {};
  // The profile it was judged by.
  v1::DocumentProfile profile = v1::DOCUMENT_PROFILE_STANDARD;
  // Before the fetch began: of two sets, the one with the later time is the newer one.
  absl::Time fetch_time = {};
  // Set when there is no set; everything below is empty then.
  std::optional<v1::FetchFailure> failure = {};
  // The host says that the copy of which `sha256` tells is still the one; `set` is empty then.
  bool not_modified = false;
  std::string sha256 = {};
  jose::JwkSet set = {};
  // Within kMinKeySetLifetime and kMaxKeySetLifetime; infinite for a set in the document.
  absl::Duration fresh_for = {};
  std::string http_etag = {};
  std::string http_last_modified = {};
};

// A set that asks not to be cached is still used for a minute, so that logins do not become requests to the client's
// host one by one.
inline constexpr absl::Duration kMinKeySetLifetime = absl::Minutes(1);
inline constexpr absl::Duration kMaxKeySetLifetime = absl::Hours(24);

// Whether a client with this metadata may authenticate with private_key_jwt, and so has keys to be read.
bool UsesKeys(const v1::ClientMetadata& metadata);

// From a client's metadata to a judged key set: the one place where a key set is fetched, under the rules by which
// documents are. Everything it returns comes from the client's publisher. Stores nothing. Thread-safe.
class KeySetResolver {
 public:
  // `fetcher` outlives this.
  explicit KeySetResolver(fetch::Fetcher& fetcher) : fetcher_(fetcher) {}

  // The set that jwks_uri of the metadata names; else the member jwks of `document`, the document that was mapped to
  // the metadata. The tenant's rules apply. `held` may be null. Blocks for as long as the fetch takes. Call it only if
  // UsesKeys(metadata).
  ResolvedKeySet Resolve(const v1::Tenant& tenant, const v1::ClientMetadata& metadata, std::string_view document,
                         const HeldKeySet* held, std::string_view traceparent, absl::Time now) const;

 private:
  fetch::Fetcher& fetcher_;
};

// The set that stands in a document, without I/O.
ResolvedKeySet ReadInlineKeySet(std::string_view document, v1::DocumentProfile profile, absl::Time now);

}  // namespace cimd::metadata

#endif  // CIMD_SERVER_METADATA_KEY_SET_RESOLVER_H_
