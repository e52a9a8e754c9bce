#ifndef CIMD_SERVER_FETCH_HTTPS_FETCHER_H_
#define CIMD_SERVER_FETCH_HTTPS_FETCHER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/fetch/address_policy.h"
#include "server/fetch/fetch_observation.h"
#include "server/fetch/fetcher.h"
#include "server/fetch/trust_anchors.h"

namespace cimd::fetch {

// All chosen by the operator.
struct HttpsFetcherOptions {
  AddressPolicyOptions address_policy = {};

  // Resolving, connecting and the TLS handshake together.
  absl::Duration connect_timeout = absl::Seconds(2);
  // From the start to the last byte, also while bytes keep arriving.
  absl::Duration total_timeout = absl::Seconds(5);
  // Counts every header line of the answer, interim responses and trailers included.
  int64_t max_header_bytes = 16 * 1024;

  // A PEM file of certification authorities to trust in addition to the system's. Empty for none.
  std::string ca_file = {};

  // Fixed answers instead of DNS, as "host:port:address", with several addresses separated by commas and IPv6 ones in
  // brackets. The address policy judges them like any other.
  std::vector<std::string> resolve = {};

  // "http://host:port" or "https://host:port" of the only proxy to use; empty for direct connections. The environment's
  // proxy variables are never used. The proxy's own address is not judged. The proxy resolves host names, so it has to
  // keep fetches away from private networks: here only URLs whose host is an IP address are judged. `resolve` has no
  // effect on hosts then.
  std::string proxy = {};

  // May be empty.
  FetchObserver observer = {};
  std::function<absl::Time()> now = [] { return absl::Now(); };
};

// Reads documents over HTTPS with libcurl (CIMD draft sections 5 and 8.6). One GET with HTTP/1.1 over TLS 1.2 or later
// with the certificate verified; a new connection each time; no cookies, credentials, Referer or stored state.
//
// Every socket is opened by a callback that asks the AddressPolicy about the very address to be dialled, and the peer
// is judged again before the request is sent. If a name has several addresses, the forbidden ones are skipped and up to
// 8 others are tried. A name without an allowed address is UNREACHABLE, like one that does not exist, one whose name
// server does not answer, and one whose addresses refuse connections or do not answer.
//
// An answer is judged when its header section is complete; the body of an answer that cannot be a document is not read.
// Bytes are counted as they arrive, with headers, interim responses, trailers and chunk framing. The answer has to end
// where its framing says (RFC 9112 section 6.3) and, without a length, with TLS's close_notify.
//
// Immutable after Create; safe for concurrent use. Fetch blocks for at most about total_timeout, and returns within
// some 20 ms when the request is cancelled. SIGPIPE does not reach the process.
class HttpsFetcher : public Fetcher {
 public:
  // INVALID_ARGUMENT when an option cannot be understood, or a CA file not be read; the message names the option.
  // FAILED_PRECONDITION when libcurl was built without OpenSSL.
  static absl::StatusOr<std::unique_ptr<HttpsFetcher>> Create(HttpsFetcherOptions options);

  FetchResult Fetch(const FetchRequest& request) override;

 private:
  HttpsFetcher(HttpsFetcherOptions options, AddressPolicy policy, TrustAnchors anchors);

  const HttpsFetcherOptions options_;
  const AddressPolicy policy_;
  const TrustAnchors anchors_;
};

}  // namespace cimd::fetch

#endif  // CIMD_SERVER_FETCH_HTTPS_FETCHER_H_
