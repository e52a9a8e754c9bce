#ifndef CIMD_TESTS_SERVER_FETCH_ORIGIN_FETCH_H_
#define CIMD_TESTS_SERVER_FETCH_ORIGIN_FETCH_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "server/fetch/https_fetcher.h"
#include "tests/testing/https_origin.h"

namespace cimd::fetch {

// Returns options with which a fetcher finds and trusts the origin.
inline HttpsFetcherOptions OptionsFor(const testing::HttpsOrigin& origin) {
  HttpsFetcherOptions options;
  options.address_policy.allow_loopback = true;
  options.ca_file = origin.ca_file();
  options.resolve = {origin.resolve_entry()};
  return options;
}

inline std::unique_ptr<HttpsFetcher> MakeFetcher(HttpsFetcherOptions options) {
  return HttpsFetcher::Create(std::move(options)).value();
}

inline FetchResult FetchFrom(const testing::HttpsOrigin& origin, const std::string& path) {
  return MakeFetcher(OptionsFor(origin))->Fetch({.url = origin.url(path)});
}

MATCHER(Succeeded, "is a document") {
  *result_listener << arg.failure.ShortDebugString();
  return !arg.failed;
}

MATCHER_P(FailedWith, reason, absl::StrCat("failed with ", v1::FetchFailureReason_Name(reason))) {
  *result_listener << (arg.failed ? arg.failure.ShortDebugString() : "a document");
  return arg.failed && arg.failure.reason() == reason;
}

}  // namespace cimd::fetch

#endif  // CIMD_TESTS_SERVER_FETCH_ORIGIN_FETCH_H_
