#ifndef CIMD_SERVER_FETCH_FETCHER_H_
#define CIMD_SERVER_FETCH_FETCHER_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cimd/v1/metadata_document.pb.h"

namespace cimd::fetch {

// What to read. `url` is chosen by the client's publisher, who may be an attacker.
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
  // The caller's deadline. Nothing is begun after it.
  absl::Time deadline = absl::InfiniteFuture();
  // Whether nobody waits for the result any more: the call was cancelled, its deadline has passed, or the server stops.
  // Asked every few milliseconds by the calling thread only; a fetch that nobody waits for is dropped. Empty for never.
  std::function<bool()> is_cancelled = {};
};

// A usable answer: the bytes, or the host's confirmation that our copy is current.
struct FetchedDocument {
  // A 304 to our validators; body is empty then.
  bool not_modified = false;
  std::string body;
  // How long the answer may be reused, by Cache-Control, Expires and Age; zero when it must not be cached.
  absl::Duration fresh_for;
  v1::FetchEvidence evidence;
};

// The result of a fetch: a document, or the failure that callers are told. A failed fetch is data, not an error.
struct FetchResult {
  // Set exactly when `document` is not usable.
  bool failed = false;
  v1::FetchFailure failure;
  FetchedDocument document;
  // The fetch was dropped, because is_cancelled said so. `failure` is BUSY then and says nothing about the host.
  bool abandoned = false;
  // When the fetch began, which for a shared fetch is before the call. Set by FetchScheduler.
  absl::Time begin_time = absl::InfinitePast();
  // The place of its beginning in the order of all fetches: of two results with an order, the one with the larger order
  // is the newer one, whatever the clock says. 0 when nothing was sent. Set by FetchScheduler.
  int64_t order = 0;
};

// Reads one document over HTTPS. Implementations are safe for concurrent use and block until done or cancelled, at most
// a few seconds. They never follow a redirect, never contact an address that the address policy forbids, and never put
// a resolved address into FetchFailure.
class Fetcher {
 public:
  virtual ~Fetcher() = default;
  virtual FetchResult Fetch(const FetchRequest& request) = 0;
};

}  // namespace cimd::fetch

#endif  // CIMD_SERVER_FETCH_FETCHER_H_
