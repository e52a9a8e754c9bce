#ifndef CIMD_SERVER_FETCH_HTTPS_FETCHER_TRANSFER_H_
#define CIMD_SERVER_FETCH_HTTPS_FETCHER_TRANSFER_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cimd/v1/metadata_document.pb.h"
#include "server/fetch/address_policy.h"
#include "server/fetch/cache_control.h"
#include "server/fetch/fetcher.h"
#include "server/fetch/https_fetcher.h"
#include "server/fetch/trust_anchors.h"

namespace cimd::fetch {

// One exchange with a host, as libcurl saw it.
struct TransferOutcome {
  // Nothing exactly when the answer can be used.
  std::optional<v1::FetchFailureReason> failure;
  // 0 when no status line was read.
  int http_status = 0;
  std::string body;
  CachingHeaders caching;
  v1::FetchEvidence evidence;
  absl::Duration duration = absl::ZeroDuration();
  // For the log: what went wrong, with addresses and the library's words.
  std::string detail;
};

// Does the exchange and blocks until it is over. The arguments have to stay valid during the call only. Safe for
// concurrent use, after InitializeTransfers().
TransferOutcome RunTransfer(const HttpsFetcherOptions& options, const AddressPolicy& policy,
                            const TrustAnchors& anchors, const FetchRequest& request);

// Where the system keeps the certification authorities that it trusts, as libcurl was built; empty for nowhere.
struct SystemAuthorities {
  std::string file;
  std::string directory;
};

// Prepares libcurl. May be called any number of times. FAILED_PRECONDITION when this libcurl does its TLS with anything
// but OpenSSL, in whose terms it is told whom to trust.
absl::StatusOr<SystemAuthorities> InitializeTransfers();

}  // namespace cimd::fetch

#endif  // CIMD_SERVER_FETCH_HTTPS_FETCHER_TRANSFER_H_
