#include "server/transport/trusted_gateways.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cimd {
namespace {

TEST(TrustedGatewaysTest, TakesTheWordOfGatewaysAndOfNobodyElse) {
  auto gateways = TrustedGateways::Create({"10.1.0.0/16", "2001:db8::5"});
  ASSERT_THAT(gateways, testing::IsOk());
  struct Case {
    std::string peer;
    std::string forwarded;
    std::string expected;
  };
  for (const Case& c : {
           Case{"ipv4:10.1.2.3:40000", "203.0.113.7", "ipv4:203.0.113.7"},
           Case{"ipv4:10.1.2.3:40000", "2001:db8::99", "ipv6:[2001:db8::99]"},
           Case{"ipv6:%5B2001:db8::5%5D:40000", "203.0.113.7", "ipv4:203.0.113.7"},
           Case{"ipv6:[2001:db8::5]:40000", "203.0.113.7", "ipv4:203.0.113.7"},
           // Which says nothing, or nothing that is one address.
           Case{"ipv4:10.1.2.3:40000", "", "ipv4:10.1.2.3:40000"},
           Case{"ipv4:10.1.2.3:40000", "203.0.113.7, 203.0.113.8", "ipv4:10.1.2.3:40000"},
           Case{"ipv4:10.1.2.3:40000", "203.0.113.7:80", "ipv4:10.1.2.3:40000"},
           Case{"ipv4:10.1.2.3:40000", "localhost", "ipv4:10.1.2.3:40000"},
           // Who is none.
           Case{"ipv4:10.2.2.3:40000", "203.0.113.7", "ipv4:10.2.2.3:40000"},
           Case{"ipv6:[2001:db8::6]:40000", "203.0.113.7", "ipv6:[2001:db8::6]:40000"},
           Case{"ipv4:127.0.0.1:40000", "203.0.113.7", "ipv4:127.0.0.1:40000"},
           Case{"unix:/run/cimd", "203.0.113.7", "unix:/run/cimd"},
       }) {
    EXPECT_EQ(gateways->PeerOf(c.peer, c.forwarded), c.expected) << c.peer << " " << c.forwarded;
  }
}

TEST(TrustedGatewaysTest, RefusesWhatIsNoBlock) {
  EXPECT_THAT(
      TrustedGateways::Create({"10.1.0.0/16", "10.1.2.3/16"}),
      testing::StatusIs(absl::StatusCode::kInvalidArgument, ::testing::HasSubstr("--trusted_gateway: '10.1.2.3/16'")));
}

}  // namespace
}  // namespace cimd
