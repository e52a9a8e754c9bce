#include "server/fetch/https_fetcher.h"

#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/fetch/sigpipe_blocked.h"
#include "tests/server/fetch/origin_fetch.h"
#include "tests/testing/https_origin.h"
#include "tests/testing/status_matchers.h"

namespace cimd::fetch {
namespace {

using cimd::testing::HttpsOrigin;
using cimd::testing::IsOk;
using cimd::testing::Response;
using cimd::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Lt;
using ::testing::SizeIs;

TEST(HttpsFetcherTest, ReadsADocumentAndItsEvidence) {
  HttpsOrigin origin;
  origin.Serve("/client.json", {.body = R"({"client_id":"x"})",
                                .content_type = "application/cimd+json; charset=utf-8",
                                .headers = {{"Cache-Control", "max-age=120"}, {"Last-Modified", "yesterday"}},
                                .etag = "\"v1\""});
  const FetchResult result = FetchFrom(origin, "/client.json");
  ASSERT_THAT(result, Succeeded());
  EXPECT_EQ(result.document.body, R"({"client_id":"x"})");
  EXPECT_FALSE(result.document.not_modified);
  EXPECT_EQ(result.document.fresh_for, absl::Seconds(120));
  const v1::FetchEvidence& evidence = result.document.evidence;
  EXPECT_EQ(evidence.address(), "127.0.0.1");
  EXPECT_THAT(evidence.tls_issuer(), HasSubstr("CN = CIMD test authority"));
  const int64_t now = absl::ToUnixSeconds(absl::Now());
  EXPECT_THAT(evidence.tls_expire_time().seconds(), AllOf(Gt(now + 23 * 3600), Lt(now + 25 * 3600)));
  EXPECT_GT(evidence.duration().nanos(), 0);
  EXPECT_EQ(evidence.http_etag(), "\"v1\"");
  EXPECT_EQ(evidence.http_last_modified(), "yesterday");
  EXPECT_EQ(evidence.content_type(), "application/cimd+json");
}

TEST(HttpsFetcherTest, SendsNothingButTheNecessary) {
  HttpsOrigin origin;
  origin.Serve("/c?a=1", {.headers = {{"Set-Cookie", "session=1; Path=/"}}});
  const auto fetcher = MakeFetcher(OptionsFor(origin));
  EXPECT_THAT(fetcher->Fetch({.url = origin.url("/c?a=1")}), Succeeded());
  EXPECT_THAT(fetcher->Fetch({.url = origin.url("/c?a=1")}), Succeeded());
  ASSERT_THAT(origin.requests(), SizeIs(2));
  EXPECT_EQ(origin.connections(), 2);
  for (const auto& request : origin.requests()) {
    EXPECT_EQ(request.method, "GET");
    EXPECT_THAT(request.headers, ElementsAre(std::pair("Host", absl::StrCat("client.example.net:", origin.port())),
                                             std::pair("User-Agent", "cimd-control-plane/0.1.0"),
                                             std::pair("Accept", "application/json, application/*+json;q=0.9"),
                                             std::pair("Accept-Encoding", "identity")));
  }
}

TEST(HttpsFetcherTest, SendsThePathAsItIs) {
  HttpsOrigin origin;
  const std::string kPath = "/a/./b/../%2E/c%7e;d//e";
  origin.Serve(kPath, {});
  EXPECT_THAT(FetchFrom(origin, kPath), Succeeded());
  EXPECT_THAT(origin.requests(kPath), SizeIs(1));
}

TEST(HttpsFetcherTest, PassesTheTraceContextOn) {
  HttpsOrigin origin;
  const std::string kTrace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  MakeFetcher(OptionsFor(origin))->Fetch({.url = origin.url("/"), .traceparent = kTrace});
  ASSERT_THAT(origin.requests(), SizeIs(1));
  EXPECT_EQ(origin.requests()[0].Header("traceparent"), kTrace);
}

TEST(HttpsFetcherTest, ConditionalRequest) {
  HttpsOrigin origin;
  origin.Serve("/c", {.headers = {{"Cache-Control", "max-age=60"}}, .etag = "\"v1\""});
  const auto fetcher = MakeFetcher(OptionsFor(origin));

  const FetchResult same = fetcher->Fetch({.url = origin.url("/c"), .if_none_match = "\"v1\""});
  ASSERT_THAT(same, Succeeded());
  EXPECT_TRUE(same.document.not_modified);
  EXPECT_EQ(same.document.body, "");
  EXPECT_EQ(same.document.fresh_for, absl::Seconds(60));
  EXPECT_EQ(same.document.evidence.http_etag(), "\"v1\"");

  const FetchResult other = fetcher->Fetch({.url = origin.url("/c"), .if_none_match = "\"v0\""});
  ASSERT_THAT(other, Succeeded());
  EXPECT_FALSE(other.document.not_modified);
  EXPECT_EQ(other.document.body, "{}");

  origin.Serve("/dated", {.status = 304, .content_length = 0});
  const FetchResult dated =
      fetcher->Fetch({.url = origin.url("/dated"), .if_modified_since = "Fri, 01 Aug 2025 12:00:00 GMT"});
  ASSERT_THAT(dated, Succeeded());
  EXPECT_TRUE(dated.document.not_modified);
  EXPECT_EQ(origin.requests("/dated")[0].Header("If-Modified-Since"), "Fri, 01 Aug 2025 12:00:00 GMT");
}

// A validator comes from a host, so it can contain any bytes.
TEST(HttpsFetcherTest, AValidatorCannotAddAHeader) {
  HttpsOrigin origin;
  origin.Serve("/c", {.status = 304, .content_length = 0});
  const FetchResult result = MakeFetcher(OptionsFor(origin))
                                 ->Fetch({.url = origin.url("/c"),
                                          .if_none_match = "\"v1\"\r\nX-Injected: 1",
                                          .if_modified_since = "today\nX-Injected: 1"});
  EXPECT_THAT(result, FailedWith(v1::FETCH_FAILURE_REASON_STATUS)) << "no condition was sent";
  ASSERT_THAT(origin.requests(), SizeIs(1));
  EXPECT_THAT(origin.requests()[0].headers, SizeIs(4));
}

TEST(HttpsFetcherTest, FailuresAreNotRemembered) {
  HttpsOrigin origin;
  origin.Serve("/c", {.status = 500});
  const auto fetcher = MakeFetcher(OptionsFor(origin));
  EXPECT_THAT(fetcher->Fetch({.url = origin.url("/c")}), FailedWith(v1::FETCH_FAILURE_REASON_SERVER_ERROR));
  origin.Serve("/c", {});
  EXPECT_THAT(fetcher->Fetch({.url = origin.url("/c")}), Succeeded());
}

TEST(HttpsFetcherTest, TellsTheObserverWhatItDoesNotTellCallers) {
  HttpsOrigin origin;
  origin.Serve("/c", {});
  std::vector<FetchObservation> seen;
  HttpsFetcherOptions options = OptionsFor(origin);
  options.resolve.push_back("internal.example.net:443:10.1.2.3");
  options.observer = [&](const FetchObservation& observation) { seen.push_back(observation); };
  options.now = [] { return absl::FromUnixSeconds(1754049600); };
  const auto fetcher = MakeFetcher(options);
  fetcher->Fetch({.url = origin.url("/c")});
  fetcher->Fetch({.url = origin.url("/none")});
  const FetchResult forbidden = fetcher->Fetch({.url = "https://internal.example.net/c"});

  EXPECT_THAT(forbidden, FailedWith(v1::FETCH_FAILURE_REASON_UNREACHABLE));
  EXPECT_EQ(forbidden.failure.message(), "The host cannot be reached from this server.");
  EXPECT_EQ(forbidden.failure.fail_time().seconds(), 1754049600);
  ASSERT_THAT(seen, SizeIs(3));
  EXPECT_EQ(seen[0].host, absl::StrCat("client.example.net:", origin.port()));
  EXPECT_EQ(seen[0].reason, v1::FETCH_FAILURE_REASON_UNSPECIFIED);
  EXPECT_EQ(seen[0].http_status, 200);
  EXPECT_GT(seen[0].duration, absl::ZeroDuration());
  EXPECT_EQ(seen[1].kind, v1::FETCH_FAILURE_KIND_WITHDRAWN);
  EXPECT_EQ(seen[1].http_status, 404);
  EXPECT_EQ(seen[2].reason, v1::FETCH_FAILURE_REASON_UNREACHABLE);
  EXPECT_THAT(seen[2].detail, HasSubstr("10.1.2.3 is in 10.0.0.0/8 (private use)"));
}

TEST(HttpsFetcherTest, ManyThreadsAtOnce) {
  HttpsOrigin origin;
  origin.Serve("/c", {});
  const auto fetcher = MakeFetcher(OptionsFor(origin));
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { EXPECT_THAT(fetcher->Fetch({.url = origin.url("/c")}), Succeeded()); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(origin.requests(), SizeIs(8));
}

TEST(HttpsFetcherTest, RefusesOptionsThatItCannotKeep) {
  const std::string text_file = ::testing::TempDir() + "/no-certificate.pem";
  std::ofstream(text_file) << "hello";
  const struct {
    HttpsFetcherOptions options;
    const char* message;
  } kCases[] = {
      {{.address_policy = {.allow_cidrs = {"10.0.0.1/8"}}}, "fetch_allow_cidr"},
      {{.connect_timeout = absl::ZeroDuration()}, "at least a millisecond"},
      {{.total_timeout = -absl::Seconds(1)}, "at least a millisecond"},
      {{.ca_file = "/no/such/file"}, "fetch_ca_file: '/no/such/file' cannot be read"},
      {{.ca_file = text_file}, "holds no certificate"},
      {{.resolve = {"example.com"}}, "too few colons"},
      {{.resolve = {"example.com:443"}}, "too few colons"},
      {{.resolve = {":443:1.2.3.4"}}, "no proper host name"},
      {{.resolve = {"*:443:1.2.3.4"}}, "no proper host name"},
      {{.resolve = {"-example.com:443:1.2.3.4"}}, "no proper host name"},
      {{.resolve = {"+example.com:443:1.2.3.4"}}, "no proper host name"},
      {{.resolve = {"example.com:0:1.2.3.4"}}, "no proper port"},
      {{.resolve = {"example.com:65536:1.2.3.4"}}, "no proper port"},
      {{.resolve = {"example.com:443:"}}, "something else than IP addresses"},
      {{.resolve = {"example.com:443:localhost"}}, "something else than IP addresses"},
      {{.resolve = {"example.com:443:1.2.3.4,"}}, "something else than IP addresses"},
      {{.proxy = "proxy.example.com:3128"}, "fetch_proxy"},
      {{.proxy = "socks5://proxy.example.com"}, "fetch_proxy"},
      {{.proxy = "http://"}, "fetch_proxy"},
  };
  for (const auto& test : kCases) {
    EXPECT_THAT(HttpsFetcher::Create(test.options),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(test.message)));
  }
  EXPECT_THAT(HttpsFetcher::Create({.resolve = {"example.com:443:1.2.3.4,[::1],2001:db8::1"}}), IsOk());
}

TEST(SigpipeBlockedTest, AWriteToAClosedPipeIsOnlyAnError) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  {
    const SigpipeBlocked blocked;
    EXPECT_EQ(write(ends[1], "x", 1), -1);
    EXPECT_EQ(errno, EPIPE);
  }
  close(ends[1]);
  sigset_t mask;
  pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  EXPECT_EQ(sigismember(&mask, SIGPIPE), 0);
}

}  // namespace
}  // namespace cimd::fetch
