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

// One HTTP exchange with a host, as observed by libcurl.
struct TransferOutcome {
  // Empty exactly if the response is usable.
  std::optional<v1::FetchFailureReason> failure;
  // The request was cancelled before the exchange was over; `failure` is BUSY.
  bool abandoned = false;
  // For reason TLS, if known.
  v1::FetchFailureCause cause = v1::FETCH_FAILURE_CAUSE_UNSPECIFIED;
  // For reason CONTENT_TYPE: a result of MediaType.
  std::string refused_media_type;
  // 0 if no status line was read.
  int http_status = 0;
  std::string body;
  CachingHeaders caching;
  v1::FetchEvidence evidence;
  absl::Duration duration = absl::ZeroDuration();
  // For the log: the failure with addresses and the library's message.
  std::string detail;
};

// Runs the exchange and blocks until it is complete or cancelled. The arguments must be valid during the call only.
// Safe for concurrent use after InitializeTransfers().
TransferOutcome RunTransfer(const HttpsFetcherOptions& options, const AddressPolicy& policy,
                            const TrustAnchors& anchors, const FetchRequest& request);

// The paths of the system's certification authorities that libcurl was built with; empty for none.
struct SystemAuthorities {
  std::string file;
  std::string directory;
};

// Initializes libcurl. May be called repeatedly and concurrently. FAILED_PRECONDITION if libcurl was not built with
// OpenSSL, whose API sets the trusted authorities.
absl::StatusOr<SystemAuthorities> InitializeTransfers();

}  // namespace cimd::fetch

#endif  // CIMD_SERVER_FETCH_HTTPS_FETCHER_TRANSFER_H_
