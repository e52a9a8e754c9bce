#include "server/transport/trusted_gateways.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cimd {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

rpc::PeerCertificate NotAsked() {
  ADD_FAILURE() << "a certificate makes no difference here";
  return {};
}

TEST(TrustedGatewaysTest, OnlyGatewaysCanForwardAddresses) {
  auto gateways = TrustedGateways::Create({"10.1.0.0/16", "2001:db8::5"}, {});
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
           // The gateway sends no address, or not a single valid one.
           Case{"ipv4:10.1.2.3:40000", "", "ipv4:10.1.2.3:40000"},
           Case{"ipv4:10.1.2.3:40000", "203.0.113.7, 203.0.113.8", "ipv4:10.1.2.3:40000"},
           Case{"ipv4:10.1.2.3:40000", "203.0.113.7:80", "ipv4:10.1.2.3:40000"},
           Case{"ipv4:10.1.2.3:40000", "localhost", "ipv4:10.1.2.3:40000"},
           // The peer is not a trusted gateway.
           Case{"ipv4:10.2.2.3:40000", "203.0.113.7", "ipv4:10.2.2.3:40000"},
           Case{"ipv6:[2001:db8::6]:40000", "203.0.113.7", "ipv6:[2001:db8::6]:40000"},
           Case{"ipv4:127.0.0.1:40000", "203.0.113.7", "ipv4:127.0.0.1:40000"},
           Case{"unix:/run/cimd", "203.0.113.7", "unix:/run/cimd"},
       }) {
    EXPECT_EQ(gateways->PeerOf(c.peer, c.forwarded, kNow, NotAsked), c.expected) << c.peer << " " << c.forwarded;
  }
}

TEST(TrustedGatewaysTest, TrustsWhoeverOpensTheSocketIfToldTo) {
  auto gateways = TrustedGateways::Create({"unix"}, {});
  ASSERT_THAT(gateways, testing::IsOk());
  EXPECT_EQ(gateways->PeerOf("unix:/run/cimd", "203.0.113.7", kNow, NotAsked), "ipv4:203.0.113.7");
  EXPECT_EQ(gateways->PeerOf("unix:", "203.0.113.7", kNow, NotAsked), "ipv4:203.0.113.7");
  EXPECT_EQ(gateways->PeerOf("ipv4:127.0.0.1:40000", "203.0.113.7", kNow, NotAsked), "ipv4:127.0.0.1:40000");
}

TEST(TrustedGatewaysTest, KnowsGatewaysByTheirCertificates) {
  auto gateways = TrustedGateways::Create(
      {"10.1.0.0/16"}, {"uri:spiffe://example.org/gateway", "dns:gateway.example.org", "dns:second.example.org"});
  ASSERT_THAT(gateways, testing::IsOk());
  const absl::Time later = kNow + absl::Hours(1);
  struct Case {
    rpc::PeerCertificate certificate;
    bool trusted;
  };
  for (const Case& c : {
           Case{{.uris = {"spiffe://example.org/gateway"}, .expire_time = later}, true},
           Case{{.uris = {"spiffe://example.org/x", "spiffe://example.org/gateway"}, .expire_time = later}, true},
           Case{{.dns_names = {"x.example.org", "second.example.org"}, .expire_time = later}, true},
           Case{{}, false},
           // The whole name of the right type must match.
           Case{{.uris = {"spiffe://example.org/gateway/x"}, .expire_time = later}, false},
           Case{{.uris = {"SPIFFE://example.org/gateway"}, .expire_time = later}, false},
           Case{{.uris = {"gateway.example.org"}, .expire_time = later}, false},
           Case{{.dns_names = {"spiffe://example.org/gateway"}, .expire_time = later}, false},
           Case{{.dns_names = {"*.example.org"}, .expire_time = later}, false},
           // Only until the certificate expires.
           Case{{.uris = {"spiffe://example.org/gateway"}, .expire_time = kNow}, false},
       }) {
    const auto shown = [&] { return c.certificate; };
    EXPECT_EQ(gateways->PeerOf("ipv4:192.0.2.1:40000", "203.0.113.7", kNow, shown),
              c.trusted ? "ipv4:203.0.113.7" : "ipv4:192.0.2.1:40000");
  }
  // The certificate is read only if it is needed.
  EXPECT_EQ(gateways->PeerOf("ipv4:10.1.2.3:40000", "203.0.113.7", kNow, NotAsked), "ipv4:203.0.113.7");
  EXPECT_EQ(gateways->PeerOf("ipv4:192.0.2.1:40000", "", kNow, NotAsked), "ipv4:192.0.2.1:40000");
  EXPECT_EQ(gateways->PeerOf("ipv4:192.0.2.1:40000", "localhost", kNow, NotAsked), "ipv4:192.0.2.1:40000");
}

TEST(TrustedGatewaysTest, RefusesWhatIsNoNameOfACertificate) {
  for (const char* name : {"", "gateway.example.org", "spiffe://example.org/gateway", "uri:", "uri:gateway",
                           "dns:", "email:a@example.org"}) {
    EXPECT_THAT(TrustedGateways::Create({}, {name}),
                testing::StatusIs(absl::StatusCode::kInvalidArgument,
                                  ::testing::HasSubstr(std::string("--trusted_gateway_certificate: '") + name + "'")));
  }
}

TEST(TrustedGatewaysTest, RefusesMalformedBlocks) {
  EXPECT_THAT(
      TrustedGateways::Create({"10.1.0.0/16", "10.1.2.3/16"}, {}),
      testing::StatusIs(absl::StatusCode::kInvalidArgument, ::testing::HasSubstr("--trusted_gateway: '10.1.2.3/16'")));
}

}  // namespace
}  // namespace cimd
