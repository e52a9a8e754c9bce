#ifndef CIMD_SERVER_FETCH_FETCHER_H_
#define CIMD_SERVER_FETCH_FETCHER_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cimd/v1/metadata_document.pb.h"

namespace cimd::fetch {

// What to read. `url` is chosen by whoever publishes a client: an attacker, for our purposes.
struct FetchRequest {
  // An https URL that passed the client identifier URL rules (or a jwks_uri of the same origin).
  std::string url = {};
  // Most bytes to accept, counted as read.
  int64_t max_bytes = 5 * 1024;
  // Validators of the copy we hold; both empty for an unconditional fetch.
  std::string if_none_match = {};
  std::string if_modified_since = {};
  // On whose behalf, for limits: a tenant's name; empty for the server itself.
  std::string tenant = {};
  // W3C trace context to pass on; empty for none.
  std::string traceparent = {};
  // When the caller goes. Nothing is begun after it; what is under way goes on to its own end.
  absl::Time deadline = absl::InfiniteFuture();
};

// An answer that can be used: the bytes, or the host's word that our copy is still the one.
struct FetchedDocument {
  // A 304 to our validators; body is empty then.
  bool not_modified = false;
  std::string body;
  // Value of Cache-Control and Expires and the like, as freshness from now; zero when the answer must not be cached.
  absl::Duration fresh_for;
  v1::FetchEvidence evidence;
};

// The result of a fetch: a document, or the failure that callers are told. A failed fetch is data, not an error.
struct FetchResult {
  // Set exactly when `document` is not usable.
  bool failed = false;
  v1::FetchFailure failure;
  FetchedDocument document;
};

// Reads one document over HTTPS. Implementations are safe for concurrent use and block until done, at most a few
// seconds. They never follow a redirect, never contact an address that the address policy forbids, and never put a
// resolved address into FetchFailure.
class Fetcher {
 public:
  virtual ~Fetcher() = default;
  virtual FetchResult Fetch(const FetchRequest& request) = 0;
};

}  // namespace cimd::fetch

#endif  // CIMD_SERVER_FETCH_FETCHER_H_
