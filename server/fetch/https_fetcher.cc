#include "server/fetch/https_fetcher.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/util/time_util.h"
#include "server/fetch/cache_control.h"
#include "server/fetch/https_fetcher_transfer.h"
#include "server/fetch/response_rules.h"
#include "server/fetch/trust_anchors.h"
#include "server/fetch/url_host.h"

namespace cimd::fetch {
namespace {

absl::Status CheckResolveEntry(const std::string& entry) {
  const auto error = [&](absl::string_view problem) {
    return absl::InvalidArgumentError(
        absl::StrCat("fetch_resolve: '", entry, "' ", problem, "; the form is host:port:address[,address]"));
  };
  const std::vector<std::string> parts = absl::StrSplit(entry, absl::MaxSplits(':', 2));
  if (parts.size() != 3) return error("has too few colons");
  // libcurl treats a leading '+' or '-' and the host '*' specially, so they are refused.
  constexpr char kHostCharacters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
  if (parts[0].empty() || parts[0].front() == '-' || parts[0].find_first_not_of(kHostCharacters) != std::string::npos) {
    return error("has no proper host name");
  }
  int port = 0;
  if (!absl::SimpleAtoi(parts[1], &port) || port < 1 || port > 65535) return error("has no proper port");
  for (absl::string_view address : absl::StrSplit(parts[2], ',')) {
    if (absl::StartsWith(address, "[") && absl::EndsWith(address, "]")) address = address.substr(1, address.size() - 2);
    if (!ParseIpAddress(address).has_value()) return error("has something else than IP addresses at its end");
  }
  return absl::OkStatus();
}

absl::Status CheckProxy(const std::string& proxy) {
  for (const absl::string_view scheme : {"http://", "https://"}) {
    if (absl::StartsWith(proxy, scheme) && proxy.size() > scheme.size()) return absl::OkStatus();
  }
  return absl::InvalidArgumentError("fetch_proxy: must begin with http:// or https://, then a host");
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpsFetcher>> HttpsFetcher::Create(HttpsFetcherOptions options) {
  // libcurl treats zero as no limit.
  if (options.connect_timeout < absl::Milliseconds(1) || options.total_timeout < absl::Milliseconds(1)) {
    return absl::InvalidArgumentError("the fetch timeouts must be at least a millisecond");
  }
  absl::StatusOr<AddressPolicy> policy = AddressPolicy::Create(options.address_policy);
  if (!policy.ok()) return policy.status();
  for (const std::string& entry : options.resolve) {
    if (absl::Status status = CheckResolveEntry(entry); !status.ok()) return status;
  }
  if (!options.proxy.empty()) {
    if (absl::Status status = CheckProxy(options.proxy); !status.ok()) return status;
  }
  const absl::StatusOr<SystemAuthorities> system = InitializeTransfers();
  if (!system.ok()) return system.status();
  absl::StatusOr<TrustAnchors> anchors = LoadTrustAnchors(system->file, system->directory, options.ca_file);
  if (!anchors.ok()) return absl::InvalidArgumentError(absl::StrCat("fetch_ca_file: ", anchors.status().message()));
  return std::unique_ptr<HttpsFetcher>(new HttpsFetcher(std::move(options), *std::move(policy), *std::move(anchors)));
}

HttpsFetcher::HttpsFetcher(HttpsFetcherOptions options, AddressPolicy policy, TrustAnchors anchors)
    : options_(std::move(options)), policy_(std::move(policy)), anchors_(std::move(anchors)) {}

FetchResult HttpsFetcher::Fetch(const FetchRequest& request) {
  TransferOutcome outcome = RunTransfer(options_, policy_, anchors_, request);
  const absl::Time now = options_.now();
  FetchResult result;
  FetchObservation observation{.host = UrlHost(request.url),
                               .http_status = outcome.http_status,
                               .detail = std::move(outcome.detail),
                               .traceparent = request.traceparent,
                               .duration = outcome.duration};
  if (outcome.failure.has_value()) {
    result.failed = true;
    result.failure = MakeFetchFailure(*outcome.failure, outcome.http_status, now);
    if (*outcome.failure == v1::FETCH_FAILURE_REASON_TLS) AddCause(outcome.cause, result.failure);
    if (*outcome.failure == v1::FETCH_FAILURE_REASON_CONTENT_TYPE) {
      AddContentType(outcome.refused_media_type, result.failure);
    }
    result.abandoned = outcome.abandoned;
    observation.kind = result.failure.kind();
    observation.reason = result.failure.reason();
  } else {
    result.document.not_modified = outcome.http_status == 304;
    result.document.body = std::move(outcome.body);
    result.document.fresh_for = FreshFor(outcome.caching, now);
    result.document.evidence = std::move(outcome.evidence);
    *result.document.evidence.mutable_duration() =
        google::protobuf::util::TimeUtil::NanosecondsToDuration(absl::ToInt64Nanoseconds(outcome.duration));
  }
  if (options_.observer) options_.observer(observation);
  return result;
}

}  // namespace cimd::fetch
