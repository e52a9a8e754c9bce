#ifndef CIMD_SERVER_FETCH_FETCHER_H_
#define CIMD_SERVER_FETCH_FETCHER_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cimd/v1/metadata_document.pb.h"

namespace cimd::fetch {

// A fetch to make. The client's publisher controls `url` and may be an attacker.
struct FetchRequest {
  // An https URL that passed the client identifier URL rules (or a jwks_uri of the same origin).
  std::string url = {};
  // Most bytes to accept, counted as received.
  int64_t max_bytes = 5 * 1024;
  // Validators of the stored copy; both empty for an unconditional fetch.
  std::string if_none_match = {};
  std::string if_modified_since = {};
  // The tenant whose limits apply, by name; empty for the server itself.
  std::string tenant = {};
  // W3C trace context to send; empty for none.
  std::string traceparent = {};
  // The caller's deadline. No fetch begins after it.
  absl::Time deadline = absl::InfiniteFuture();
  // Returns true once the result is no longer needed: the call was cancelled, its deadline has passed, or the server is
  // stopping. The fetch is then dropped. Called every few milliseconds, on the calling thread only. Empty: never
  // cancelled.
  std::function<bool()> is_cancelled = {};
};

// A usable answer: the body, or the host's confirmation that the stored copy is current.
struct FetchedDocument {
  // The host answered the validators with 304; body is empty.
  bool not_modified = false;
  std::string body;
  // How long the answer may be reused, by Cache-Control, Expires and Age; zero if it must not be cached.
  absl::Duration fresh_for;
  v1::FetchEvidence evidence;
};

// The result of a fetch: a document, or the failure to report to callers. A failed fetch is data, not an error.
struct FetchResult {
  // True exactly if `document` is not usable.
  bool failed = false;
  v1::FetchFailure failure;
  FetchedDocument document;
  // The fetch was dropped, because is_cancelled returned true. `failure` is then BUSY, which says nothing about the
  // host.
  bool abandoned = false;
  // When the fetch began. For a shared fetch this is before the call. Set by FetchScheduler.
  absl::Time begin_time = absl::InfinitePast();
  // Orders fetches by their begin: of two results with an order, the one with the larger order is newer, even if the
  // clock was set. 0 if nothing was sent. Set by FetchScheduler.
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
