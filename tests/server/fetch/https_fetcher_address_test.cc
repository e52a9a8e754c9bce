// Which addresses a fetch connects to, for all spellings and results of a host name; and proxies.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/fetch/https_fetcher.h"
#include "tests/server/fetch/origin_fetch.h"
#include "tests/testing/https_origin.h"

namespace cimd::fetch {
namespace {

using cimd::testing::HttpsOrigin;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// A listening port on a loopback address that never answers.
class SilentPort {
 public:
  explicit SilentPort(int family = AF_INET) : socket_(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_storage address = {};
    if (family == AF_INET) {
      auto& v4 = reinterpret_cast<sockaddr_in&>(address);
      v4.sin_family = AF_INET;
      v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    } else {
      auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
      v6.sin6_family = AF_INET6;
      v6.sin6_addr = in6addr_loopback;
    }
    socklen_t length = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    usable_ = bind(socket_, reinterpret_cast<sockaddr*>(&address), length) == 0 && listen(socket_, 64) == 0 &&
              getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &length) == 0;
    // The port is at the same offset in both address families.
    port_ = ntohs(reinterpret_cast<sockaddr_in&>(address).sin_port);
  }
  ~SilentPort() { close(socket_); }

  bool usable() const { return usable_; }
  int port() const { return port_; }
  // Number of connections since the last call.
  int TakeArrivals() {
    int arrivals = 0;
    for (pollfd ready{socket_, POLLIN, 0}; poll(&ready, 1, 0) == 1; ++arrivals) {
      close(accept(socket_, nullptr, nullptr));
    }
    return arrivals;
  }
  int Accept() const { return accept(socket_, nullptr, nullptr); }

 private:
  const int socket_;
  bool usable_ = false;
  int port_ = 0;
};

// Fetches with the production policy, which must refuse, and with loopback allowed, which must connect. The second
// fetch shows that the first one had an address to refuse.
void ExpectRefused(SilentPort& target, const std::string& url, const std::vector<std::string>& resolve) {
  for (const bool allow_loopback : {false, true}) {
    FetchObservation seen;
    HttpsFetcherOptions options;
    options.address_policy.allow_loopback = allow_loopback;
    options.connect_timeout = absl::Milliseconds(100);
    options.resolve = resolve;
    options.observer = [&](const FetchObservation& observation) { seen = observation; };
    const FetchResult result = MakeFetcher(options)->Fetch({.url = url});
    if (allow_loopback) {
      EXPECT_EQ(target.TakeArrivals(), 1) << url << " leads nowhere: " << seen.detail;
    } else {
      EXPECT_EQ(target.TakeArrivals(), 0) << url;
      EXPECT_THAT(result, FailedWith(v1::FETCH_FAILURE_REASON_UNREACHABLE)) << url;
      EXPECT_EQ(result.failure.message(), "The host cannot be reached from this server.");
      EXPECT_THAT(seen.detail, HasSubstr("(loopback)")) << url;
    }
  }
}

TEST(HttpsFetcherAddressTest, NamesThatLeadToLoopback) {
  SilentPort target;
  ASSERT_TRUE(target.usable());
  const std::string url = absl::StrCat("https://client.example.net:", target.port(), "/c");
  const std::string entry = absl::StrCat("client.example.net:", target.port(), ":");
  ExpectRefused(target, url, {entry + "127.0.0.1"});
  ExpectRefused(target, url, {entry + "[::ffff:127.0.0.1]"});
  ExpectRefused(target, url, {entry + "10.255.0.1,127.0.0.1,[64:ff9b::7f00:1]"});
  ExpectRefused(target, absl::StrCat("https://localhost:", target.port(), "/c"), {});
}

TEST(HttpsFetcherAddressTest, NamesThatLeadToIpv6Loopback) {
  SilentPort target(AF_INET6);
  if (!target.usable()) GTEST_SKIP() << "this machine has no IPv6 loopback";
  ExpectRefused(target, absl::StrCat("https://client.example.net:", target.port(), "/c"),
                {absl::StrCat("client.example.net:", target.port(), ":[::1]")});
  ExpectRefused(target, absl::StrCat("https://[0:0::0:1]:", target.port(), "/c"), {});
}

TEST(HttpsFetcherAddressTest, OddSpellingsOfLoopback) {
  SilentPort target;
  ASSERT_TRUE(target.usable());
  for (const char* host : {"127.0.0.1", "127.1", "127.0.1", "0177.0.0.1", "0x7f.1", "0x7F000001", "2130706433",
                           "017700000001", "[::ffff:7f00:1]", "[::ffff:127.0.0.1]"}) {
    ExpectRefused(target, absl::StrCat("https://", host, ":", target.port(), "/c"), {});
  }
}

TEST(HttpsFetcherAddressTest, PrivateAddressesLookLikeHostsThatDoNotExist) {
  HttpsFetcherOptions options;
  options.address_policy.allow_loopback = true;
  SilentPort closed;
  for (const char* address : {"10.0.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "[fd00::1]", "[fe80::1]"}) {
    options.resolve.push_back(absl::StrCat("a", options.resolve.size(), ".example.net:443:", address));
  }
  const auto fetcher = MakeFetcher(options);
  std::vector<std::string> urls;
  for (size_t i = 0; i < options.resolve.size(); ++i) urls.push_back(absl::StrCat("https://a", i, ".example.net/c"));
  // A name that no resolver accepts, and a port without a listener.
  urls.push_back("https://" + std::string(70, 'a') + ".example.net/c");
  urls.push_back("https://127.0.0.1:1/c");
  for (const std::string& url : urls) {
    const FetchResult result = fetcher->Fetch({.url = url});
    EXPECT_THAT(result, FailedWith(v1::FETCH_FAILURE_REASON_UNREACHABLE)) << url;
    EXPECT_EQ(result.failure.kind(), v1::FETCH_FAILURE_KIND_TRANSPORT);
    EXPECT_EQ(result.failure.message(), "The host cannot be reached from this server.");
    EXPECT_EQ(result.failure.http_status(), 0);
  }
}

// Neither the reason nor the time may show whether a name has many forbidden addresses or none.
TEST(HttpsFetcherAddressTest, ManyForbiddenAddressesTakeNoTime) {
  HttpsFetcherOptions options;
  options.resolve = {"client.example.net:443:10.0.0.1"};
  for (int i = 2; i < 200; ++i) absl::StrAppend(&options.resolve[0], ",10.0.0.", i);
  FetchObservation seen;
  options.observer = [&](const FetchObservation& observation) { seen = observation; };
  EXPECT_THAT(MakeFetcher(options)->Fetch({.url = "https://client.example.net/c"}),
              FailedWith(v1::FETCH_FAILURE_REASON_UNREACHABLE));
  EXPECT_LT(seen.duration, absl::Seconds(1));
  EXPECT_LT(seen.detail.size(), 1000u);
}

TEST(HttpsFetcherAddressTest, OfSeveralAddressesOnlyTheAllowedAreDialled) {
  HttpsOrigin origin;
  origin.Serve("/c", {});
  HttpsFetcherOptions options = OptionsFor(origin);
  options.address_policy = {.deny_cidrs = {"127.0.0.2", "::1"}, .allow_loopback = true};
  options.resolve = {origin.resolve_entry("10.0.0.1,[::1],127.0.0.2,127.0.0.1")};
  const FetchResult result = MakeFetcher(options)->Fetch({.url = origin.url("/c")});
  ASSERT_THAT(result, Succeeded());
  EXPECT_EQ(result.document.evidence.address(), "127.0.0.1");
}

TEST(HttpsFetcherAddressTest, AtMostEightAddressesAreDialled) {
  HttpsOrigin origin;
  origin.Serve("/c", {});
  HttpsFetcherOptions options = OptionsFor(origin);
  std::string addresses;
  // The origin listens on 127.0.0.1 only.
  for (int i = 2; i <= 8; ++i) absl::StrAppend(&addresses, "127.0.0.", i, ",");
  options.resolve = {origin.resolve_entry(addresses + "127.0.0.1")};
  EXPECT_THAT(MakeFetcher(options)->Fetch({.url = origin.url("/c")}), Succeeded());
  options.resolve = {origin.resolve_entry(addresses + "127.0.0.9,127.0.0.1")};
  EXPECT_THAT(MakeFetcher(options)->Fetch({.url = origin.url("/c")}), FailedWith(v1::FETCH_FAILURE_REASON_UNREACHABLE));
}

TEST(HttpsFetcherAddressTest, UrlsThatAreNotFetched) {
  HttpsOrigin origin;
  const auto fetcher = MakeFetcher(OptionsFor(origin));
  const std::string authority = absl::StrCat("client.example.net:", origin.port());
  for (const std::string& url :
       {absl::StrCat("http://", authority, "/c"), absl::StrCat("HTTPS://", authority, "/c"),
        absl::StrCat("https://user:password@", authority, "/c"), absl::StrCat("https://", authority, "/a b"),
        absl::StrCat("https://", authority, "/c\r\nX-Injected: 1"), std::string("file:///etc/passwd"),
        absl::StrCat("https://", authority, "/c", std::string(1, '\0'), "d"),
        absl::StrCat("https://", authority, "/\xc3\xa9"), std::string("gopher://127.0.0.1/"), std::string("https://"),
        std::string("https:///c"), std::string()}) {
    EXPECT_THAT(fetcher->Fetch({.url = url}), FailedWith(v1::FETCH_FAILURE_REASON_UNREACHABLE)) << url;
  }
  EXPECT_EQ(origin.connections(), 0);
}

TEST(HttpsFetcherAddressTest, AHandshakeThatNobodyAnswersEndsAtTheConnectTimeout) {
  SilentPort target;
  ASSERT_TRUE(target.usable());
  HttpsFetcherOptions options;
  options.address_policy.allow_loopback = true;
  options.connect_timeout = absl::Milliseconds(100);
  EXPECT_THAT(MakeFetcher(options)->Fetch({.url = absl::StrCat("https://127.0.0.1:", target.port(), "/c")}),
              FailedWith(v1::FETCH_FAILURE_REASON_TIMEOUT));
  EXPECT_EQ(target.TakeArrivals(), 1);
}

TEST(HttpsFetcherAddressTest, TheEnvironmentsProxyIsIgnored) {
  SilentPort proxy;
  ASSERT_TRUE(proxy.usable());
  HttpsOrigin origin;
  origin.Serve("/c", {});
  const std::string proxy_url = absl::StrCat("http://127.0.0.1:", proxy.port());
  for (const char* name : {"https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY"}) {
    setenv(name, proxy_url.c_str(), 1);
  }
  const FetchResult result = FetchFrom(origin, "/c");
  for (const char* name : {"https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY"}) unsetenv(name);
  EXPECT_THAT(result, Succeeded());
  EXPECT_EQ(proxy.TakeArrivals(), 0);
}

// A proxy that serves one connection. It reads the CONNECT request, sends the given answer and, if that is a success,
// connects the client to a port of 127.0.0.1.
class OneTunnelProxy {
 public:
  OneTunnelProxy(std::string answer, int target_port)
      : thread_([this, answer = std::move(answer), target_port] { Run(answer, target_port); }) {}
  ~OneTunnelProxy() { Finish(); }

  std::string url() const { return absl::StrCat("http://127.0.0.1:", port_.port()); }
  // Valid after Finish().
  const std::string& request() const { return request_; }
  void Finish() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  static bool Copy(int from, int to) {
    char buffer[4096];
    const ssize_t count = read(from, buffer, sizeof(buffer));
    return count > 0 && send(to, buffer, static_cast<size_t>(count), MSG_NOSIGNAL) == count;
  }

  void Run(const std::string& answer, int target_port) {
    const int client = port_.Accept();
    char byte;
    while (request_.find("\r\n\r\n") == std::string::npos && read(client, &byte, 1) == 1) request_ += byte;
    const int target = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(target_port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bool open = connect(target, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 &&
                send(client, answer.data(), answer.size(), MSG_NOSIGNAL) > 0 &&
                answer.find(" 200 ") != std::string::npos;
    while (open) {
      pollfd ends[] = {{client, POLLIN, 0}, {target, POLLIN, 0}};
      poll(ends, 2, -1);
      if (ends[0].revents != 0) open = Copy(client, target);
      if (open && ends[1].revents != 0) open = Copy(target, client);
    }
    close(target);
    close(client);
  }

  SilentPort port_;
  std::string request_;
  std::thread thread_;
};

TEST(HttpsFetcherAddressTest, AConfiguredProxyResolvesTheName) {
  HttpsOrigin origin;
  origin.Serve("/c", {});
  OneTunnelProxy proxy("HTTP/1.1 200 Connected\r\n\r\n", origin.port());
  HttpsFetcherOptions options = OptionsFor(origin);
  // The address policy does not apply to the proxy's address. The fetcher connects to nothing else.
  options.address_policy.allow_loopback = false;
  options.resolve.clear();
  options.proxy = proxy.url();
  setenv("no_proxy", "*", 1);
  const FetchResult result = MakeFetcher(options)->Fetch({.url = origin.url("/c")});
  unsetenv("no_proxy");
  proxy.Finish();
  ASSERT_THAT(result, Succeeded());
  EXPECT_EQ(result.document.evidence.address(), "") << "the proxy's address is not that of the host";
  EXPECT_THAT(result.document.evidence.tls_issuer(), HasSubstr("CIMD test authority"));
  EXPECT_THAT(proxy.request(), HasSubstr(absl::StrCat("CONNECT client.example.net:", origin.port(), " HTTP/1.1\r\n")));
  ASSERT_THAT(origin.requests("/c"), SizeIs(1));
}

TEST(HttpsFetcherAddressTest, AProxyThatRefusesIsAHostThatCannotBeReached) {
  HttpsOrigin origin;
  OneTunnelProxy proxy("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", origin.port());
  HttpsFetcherOptions options = OptionsFor(origin);
  options.proxy = proxy.url();
  const FetchResult result = MakeFetcher(options)->Fetch({.url = origin.url("/c")});
  EXPECT_THAT(result, FailedWith(v1::FETCH_FAILURE_REASON_UNREACHABLE));
  EXPECT_EQ(result.failure.http_status(), 0);
  EXPECT_THAT(origin.requests(), IsEmpty());
}

TEST(HttpsFetcherAddressTest, AddressesInUrlsAreJudgedBeforeAProxySeesThem) {
  SilentPort proxy;
  ASSERT_TRUE(proxy.usable());
  HttpsFetcherOptions options;
  options.proxy = absl::StrCat("http://127.0.0.1:", proxy.port());
  options.connect_timeout = absl::Milliseconds(100);
  const auto fetcher = MakeFetcher(options);
  for (const char* host : {"127.0.0.1", "0x7f.1", "2130706433", "10.0.0.1", "169.254.169.254", "[::1]",
                           "[::ffff:10.0.0.1]", "[fd00::1]"}) {
    EXPECT_THAT(fetcher->Fetch({.url = absl::StrCat("https://", host, "/c")}),
                FailedWith(v1::FETCH_FAILURE_REASON_UNREACHABLE))
        << host;
    EXPECT_EQ(proxy.TakeArrivals(), 0) << host;
  }
  EXPECT_THAT(fetcher->Fetch({.url = "https://8.8.8.8/c"}), FailedWith(v1::FETCH_FAILURE_REASON_UNREACHABLE));
  EXPECT_EQ(proxy.TakeArrivals(), 1);
}

}  // namespace
}  // namespace cimd::fetch
