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

// The operator controls all of these.
struct HttpsFetcherOptions {
  AddressPolicyOptions address_policy = {};

  // Limits resolving, connecting and the TLS handshake together.
  absl::Duration connect_timeout = absl::Seconds(2);
  // Limits the time from the start to the last byte, even while bytes keep arriving.
  absl::Duration total_timeout = absl::Seconds(5);
  // Limits all header lines of the answer, including interim responses and trailers.
  int64_t max_header_bytes = 16 * 1024;

  // A PEM file of certification authorities to trust in addition to the system's. Empty for none.
  std::string ca_file = {};

  // Static answers that replace DNS, as "host:port:address", with several addresses separated by commas and IPv6
  // addresses in brackets. The address policy applies to them as well.
  std::vector<std::string> resolve = {};

  // "http://host:port" or "https://host:port" of the only proxy to use; empty for direct connections. The environment's
  // proxy variables are never used. The address policy does not apply to the proxy's own address. The proxy resolves
  // host names, so it must keep fetches away from private networks: this process only checks URLs whose host is an IP
  // address. With a proxy, `resolve` has no effect on hosts.
  std::string proxy = {};

  // May be empty.
  FetchObserver observer = {};
  std::function<absl::Time()> now = [] { return absl::Now(); };
};

// Reads documents over HTTPS with libcurl (CIMD draft sections 5 and 8.6). Each fetch is one GET with HTTP/1.1 over TLS
// 1.2 or later on a new connection. The certificate is verified. No cookies, credentials, Referer or stored state are
// used.
//
// A callback opens every socket and checks the exact address to be dialled with the AddressPolicy. The peer's address
// is checked again before the request is sent. If a name has several addresses, the forbidden ones are skipped and up
// to 8 others are tried. UNREACHABLE for a name without an allowed address, a name that does not exist, one whose name
// server does not answer, and one whose addresses refuse connections or do not answer.
//
// A response is checked when its header section is complete; its body is not read if it cannot be a document. Bytes are
// counted as they arrive, with headers, interim responses, trailers and chunk framing. The response must end where its
// framing says (RFC 9112 section 6.3) and, without a length, with TLS's close_notify.
//
// Immutable after Create; safe for concurrent use. Fetch blocks for at most about total_timeout, and returns within
// about 20 ms if the request is cancelled. SIGPIPE does not reach the process.
class HttpsFetcher : public Fetcher {
 public:
  // INVALID_ARGUMENT if an option is invalid or a CA file cannot be read; the message names the option.
  // FAILED_PRECONDITION if libcurl was built without OpenSSL.
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
