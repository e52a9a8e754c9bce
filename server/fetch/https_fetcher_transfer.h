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
  // The request was cancelled before the exchange was over; `failure` is BUSY.
  bool abandoned = false;
  // For a failure of reason TLS, as far as it is known.
  v1::FetchFailureCause cause = v1::FETCH_FAILURE_CAUSE_UNSPECIFIED;
  // For a failure of reason CONTENT_TYPE: a result of MediaType.
  std::string refused_media_type;
  // 0 when no status line was read.
  int http_status = 0;
  std::string body;
  CachingHeaders caching;
  v1::FetchEvidence evidence;
  absl::Duration duration = absl::ZeroDuration();
  // For the log: what went wrong, with addresses and the library's words.
  std::string detail;
};

// Does the exchange and blocks until it is over or cancelled. The arguments have to be valid during the call only. Safe
// for concurrent use after InitializeTransfers().
TransferOutcome RunTransfer(const HttpsFetcherOptions& options, const AddressPolicy& policy,
                            const TrustAnchors& anchors, const FetchRequest& request);

// Where the system keeps its trusted certification authorities, as libcurl was built; empty for nowhere.
struct SystemAuthorities {
  std::string file;
  std::string directory;
};

// Prepares libcurl. May be called any number of times. FAILED_PRECONDITION when libcurl was not built with OpenSSL,
// whose interface is used to set the trusted authorities.
absl::StatusOr<SystemAuthorities> InitializeTransfers();

}  // namespace cimd::fetch

#endif  // CIMD_SERVER_FETCH_HTTPS_FETCHER_TRANSFER_H_
