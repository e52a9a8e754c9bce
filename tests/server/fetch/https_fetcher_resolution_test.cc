// What name servers can do to a fetch. The publisher of a document controls every answer, and may change it between two
// queries.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/fetch/https_fetcher.h"
#include "tests/server/fetch/origin_fetch.h"
#include "tests/server/fetch/scripted_resolver.h"
#include "tests/testing/https_origin.h"

namespace cimd::fetch {
namespace {

using cimd::testing::HttpsOrigin;
using cimd::testing::ScriptedResolver;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kHost[] = "client.example.net";
constexpr auto kUnreachable = v1::FETCH_FAILURE_REASON_UNREACHABLE;

class HttpsFetcherResolutionTest : public ::testing::Test {
 protected:
  HttpsFetcherResolutionTest() { origin_.Serve("/c", {}); }

  // The origin is reachable by its name only. 127.0.0.1 stands for a public address, the rest of loopback is forbidden.
  HttpsFetcherOptions Options() {
    HttpsFetcherOptions options = OptionsFor(origin_);
    options.resolve.clear();
    options.address_policy.deny_cidrs = {"127.0.0.2", "::1"};
    options.observer = [this](const FetchObservation& observation) { seen_ = observation; };
    return options;
  }
  FetchResult Fetch() { return MakeFetcher(Options())->Fetch({.url = origin_.url("/c")}); }

  HttpsOrigin origin_;
  ScriptedResolver resolver_;
  FetchObservation seen_;
};

TEST_F(HttpsFetcherResolutionTest, OfMixedAnswersOnlyThePublicOnesAreDialled) {
  for (const std::vector<std::string>& answer : {std::vector<std::string>{"127.0.0.1", "10.0.0.1"},
                                                 {"10.0.0.1", "127.0.0.1"},
                                                 {"fd00::1", "169.254.169.254", "127.0.0.1", "::1"},
                                                 {"::ffff:10.0.0.1", "127.0.0.2", "127.0.0.1"}}) {
    resolver_.Answer(kHost, {answer});
    const FetchResult result = Fetch();
    ASSERT_THAT(result, Succeeded());
    EXPECT_EQ(result.document.evidence.address(), "127.0.0.1");
    EXPECT_EQ(resolver_.questions(kHost), 1);
  }
}

// DNS rebinding needs two queries: the answer to one is checked, the answer to the other is used. There is only one
// query.
TEST_F(HttpsFetcherResolutionTest, TheAddressThatIsCheckedIsTheOneThatIsDialled) {
  resolver_.Answer(kHost, {{"127.0.0.1"}, {"10.0.0.1"}});
  EXPECT_THAT(Fetch(), Succeeded());
  EXPECT_EQ(resolver_.questions(kHost), 1);

  resolver_.Answer(kHost, {{"10.0.0.1"}, {"127.0.0.1"}});
  EXPECT_THAT(Fetch(), FailedWith(kUnreachable));
  EXPECT_EQ(resolver_.questions(kHost), 1);
  EXPECT_THAT(origin_.requests("/c"), SizeIs(1));
}

TEST_F(HttpsFetcherResolutionTest, AnAnswerIsNotKeptForTheNextFetch) {
  resolver_.Answer(kHost, {{"127.0.0.1"}, {"127.0.0.2"}, {"127.0.0.1"}});
  const auto fetcher = MakeFetcher(Options());
  EXPECT_THAT(fetcher->Fetch({.url = origin_.url("/c")}), Succeeded());
  EXPECT_THAT(fetcher->Fetch({.url = origin_.url("/c")}), FailedWith(kUnreachable));
  EXPECT_THAT(fetcher->Fetch({.url = origin_.url("/c")}), Succeeded());
  EXPECT_EQ(resolver_.questions(kHost), 3);
}

TEST_F(HttpsFetcherResolutionTest, NamesWithIpv6AddressesOnly) {
  for (const char* address :
       {"::1", "::", "fd00::1", "fe80::1", "fe80::1%lo", "fec0::1", "ff02::1", "64:ff9b::7f00:1", "64:ff9b::a00:1",
        "2002:a00:1::1", "2001:0:a00:1::f7f7:f7f7", "::a00:1", "2606:4700::5efe:a00:1", "fd00:ec2::254"}) {
    resolver_.Answer(kHost, {{address}});
    EXPECT_THAT(Fetch(), FailedWith(kUnreachable)) << address;
    EXPECT_THAT(seen_.detail, HasSubstr("refused: ")) << address;
  }
  EXPECT_EQ(origin_.connections(), 0);
}

// One answer for each special-use block: its first or its last address.
TEST_F(HttpsFetcherResolutionTest, NoSpecialUseAddressIsDialled) {
  const std::vector<std::string> kAddresses = {"0.0.0.0",
                                               "0.255.255.255",
                                               "10.0.0.0",
                                               "10.255.255.255",
                                               "100.64.0.0",
                                               "100.127.255.255",
                                               "168.63.129.16",
                                               "169.254.0.0",
                                               "169.254.255.255",
                                               "172.16.0.0",
                                               "172.31.255.255",
                                               "192.0.0.0",
                                               "192.0.0.255",
                                               "192.0.2.0",
                                               "192.31.196.0",
                                               "192.52.193.0",
                                               "192.88.99.0",
                                               "192.168.0.0",
                                               "192.168.255.255",
                                               "192.175.48.0",
                                               "198.18.0.0",
                                               "198.19.255.255",
                                               "198.51.100.255",
                                               "203.0.113.0",
                                               "224.0.0.0",
                                               "239.255.255.255",
                                               "240.0.0.0",
                                               "255.255.255.255",
                                               "::",
                                               "::1",
                                               "::ffff:10.0.0.1",
                                               "::10.0.0.1",
                                               "::ffff:0:10.0.0.1",
                                               "64:ff9b::10.0.0.1",
                                               "64:ff9b:1::10.0.0.1",
                                               "100::1",
                                               "100:0:0:1::1",
                                               "2001::1",
                                               "2001:1ff::1",
                                               "2001:db8::1",
                                               "2002:a00:1::1",
                                               "2620:4f:8000::1",
                                               "3ffe::1",
                                               "3fff::1",
                                               "5f00::1",
                                               "fc00::1",
                                               "fdff::1",
                                               "fe80::1",
                                               "fec0::1",
                                               "ff00::1",
                                               "2606:4700::5efe:10.0.0.1"};
  for (const std::string& address : kAddresses) {
    resolver_.Answer(kHost, {{address}});
    EXPECT_THAT(Fetch(), FailedWith(kUnreachable));
    EXPECT_THAT(seen_.detail, HasSubstr("refused: ")) << address;
    EXPECT_THAT(origin_.requests(), IsEmpty()) << address;
  }
  // An answer with one allowed address among forbidden ones must succeed.
  std::vector<std::string> all = kAddresses;
  all.push_back("127.0.0.1");
  resolver_.Answer(kHost, {all});
  EXPECT_THAT(Fetch(), Succeeded());
}

// A port whose accept queue is full. The kernel silently drops further connections, like a packet filter.
class FilteredPort {
 public:
  FilteredPort() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    usable_ = bind(listener_, reinterpret_cast<sockaddr*>(&address), length) == 0 && listen(listener_, 0) == 0 &&
              getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) == 0;
    port_ = ntohs(address.sin_port);
    for (int& client : clients_) {
      client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      static_cast<void>(connect(client, reinterpret_cast<sockaddr*>(&address), length));
    }
  }
  ~FilteredPort() {
    for (const int client : clients_) close(client);
    close(listener_);
  }
  bool usable() const { return usable_; }
  int port() const { return port_; }

 private:
  const int listener_;
  int clients_[4];
  bool usable_ = false;
  int port_ = 0;
};

TEST_F(HttpsFetcherResolutionTest, APortThatSwallowsPacketsLooksLikeOneThatIsClosed) {
  const FilteredPort filtered;
  ASSERT_TRUE(filtered.usable());
  HttpsFetcherOptions options = Options();
  options.connect_timeout = absl::Milliseconds(200);
  const auto fetcher = MakeFetcher(options);
  std::vector<v1::FetchFailure> failures;
  // Port 1 has no listener, the name does not exist, and the address is forbidden.
  resolver_.Answer("nobody.example.net", {{}});
  resolver_.Answer("inside.example.net", {{"10.0.0.1"}});
  for (const std::string& url :
       {absl::StrCat("https://127.0.0.1:", filtered.port(), "/c"), std::string("https://127.0.0.1:1/c"),
        std::string("https://nobody.example.net/c"), std::string("https://inside.example.net/c")}) {
    const FetchResult result = fetcher->Fetch({.url = url});
    EXPECT_THAT(result, FailedWith(kUnreachable)) << url << " " << seen_.detail;
    failures.push_back(result.failure);
    failures.back().clear_fail_time();
  }
  for (const v1::FetchFailure& failure : failures) {
    EXPECT_EQ(failure.SerializeAsString(), failures.front().SerializeAsString());
  }
}

}  // namespace
}  // namespace cimd::fetch
