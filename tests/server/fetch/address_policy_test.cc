#include "server/fetch/address_policy.h"

#include <netinet/in.h>
#include <sys/un.h>

#include <cstring>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cimd::fetch {
namespace {

using cimd::testing::IsOk;
using cimd::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;

AddressPolicy PolicyOf(const AddressPolicyOptions& options) { return AddressPolicy::Create(options).value(); }

// Checks the address in the form in which a resolver returns it.
absl::Status CheckText(const AddressPolicy& policy, const std::string& text) {
  const IpAddress ip = ParseIpAddress(text).value();
  if (ip.family == AF_INET) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(443);
    std::memcpy(&address.sin_addr, ip.bytes.data(), sizeof(address.sin_addr));
    return policy.Check(reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  }
  sockaddr_in6 address = {};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(443);
  std::memcpy(&address.sin6_addr, ip.bytes.data(), sizeof(address.sin6_addr));
  return policy.Check(reinterpret_cast<const sockaddr*>(&address), sizeof(address));
}

bool Allowed(const AddressPolicy& policy, const std::string& text) { return CheckText(policy, text).ok(); }
bool Allowed(const std::string& text) { return Allowed(PolicyOf({}), text); }

// The first and the last address of a block. `before` and `after` are the adjacent addresses, empty if there are none.
// They are public unless another block begins there.
struct Block {
  std::string first;
  std::string last;
  std::string before;
  bool before_allowed;
  std::string after;
  bool after_allowed;
};

void ExpectEdges(const Block& block) {
  EXPECT_FALSE(Allowed(block.first)) << block.first;
  EXPECT_FALSE(Allowed(block.last)) << block.last;
  if (!block.before.empty()) {
    EXPECT_EQ(Allowed(block.before), block.before_allowed) << block.before;
  }
  if (!block.after.empty()) {
    EXPECT_EQ(Allowed(block.after), block.after_allowed) << block.after;
  }
}

TEST(AddressPolicyTest, RefusesEverySpecialUseIpv4BlockToItsEdges) {
  const Block kBlocks[] = {
      {"0.0.0.0", "0.255.255.255", "", false, "1.0.0.0", true},
      {"10.0.0.0", "10.255.255.255", "9.255.255.255", true, "11.0.0.0", true},
      {"100.64.0.0", "100.127.255.255", "100.63.255.255", true, "100.128.0.0", true},
      {"127.0.0.0", "127.255.255.255", "126.255.255.255", true, "128.0.0.0", true},
      {"168.63.129.16", "168.63.129.16", "168.63.129.15", true, "168.63.129.17", true},
      {"169.254.0.0", "169.254.255.255", "169.253.255.255", true, "169.255.0.0", true},
      {"172.16.0.0", "172.31.255.255", "172.15.255.255", true, "172.32.0.0", true},
      {"192.0.0.0", "192.0.0.255", "191.255.255.255", true, "192.0.1.0", true},
      {"192.0.2.0", "192.0.2.255", "192.0.1.255", true, "192.0.3.0", true},
      {"192.31.196.0", "192.31.196.255", "192.31.195.255", true, "192.31.197.0", true},
      {"192.52.193.0", "192.52.193.255", "192.52.192.255", true, "192.52.194.0", true},
      {"192.88.99.0", "192.88.99.255", "192.88.98.255", true, "192.88.100.0", true},
      {"192.168.0.0", "192.168.255.255", "192.167.255.255", true, "192.169.0.0", true},
      {"192.175.48.0", "192.175.48.255", "192.175.47.255", true, "192.175.49.0", true},
      {"198.18.0.0", "198.19.255.255", "198.17.255.255", true, "198.20.0.0", true},
      {"198.51.100.0", "198.51.100.255", "198.51.99.255", true, "198.51.101.0", true},
      {"203.0.113.0", "203.0.113.255", "203.0.112.255", true, "203.0.114.0", true},
      {"224.0.0.0", "239.255.255.255", "223.255.255.255", true, "240.0.0.0", false},
      {"240.0.0.0", "255.255.255.255", "239.255.255.255", false, "", false},
      // Parts of the blocks above, listed by the registries or used by cloud providers.
      {"192.0.0.9", "192.0.0.10", "", false, "", false},
      {"192.0.0.170", "192.0.0.192", "", false, "", false},
      {"100.100.100.200", "100.100.100.200", "", false, "", false},
      {"169.254.169.254", "169.254.169.254", "169.254.170.2", false, "169.254.170.23", false},
      {"233.252.0.0", "233.252.0.255", "", false, "", false},
  };
  for (const Block& block : kBlocks) ExpectEdges(block);
}

TEST(AddressPolicyTest, RefusesEverySpecialUseIpv6BlockToItsEdges) {
  const std::string kOnes = "ffff:ffff:ffff:ffff:ffff:ffff";
  const Block kBlocks[] = {
      // Everything outside global unicast is refused.
      {"::", "::1", "", false, "::2", false},
      {"::", "::255.255.255.255", "", false, "::1:0:0", false},
      {"::ffff:0:0:0", "::ffff:0:ffff:ffff", "::fffe:ffff:ffff:ffff", false, "::ffff:1:0:0", false},
      {"64:ff9b::", "64:ff9b::ffff:ffff", "64:ff9a:" + kOnes, false, "64:ff9b::1:0:0", false},
      {"64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "64:ff9b:0:ffff:ffff:ffff:ffff:ffff", false,
       "64:ff9b:2::", false},
      {"100::", "100::ffff:ffff:ffff:ffff", "ff:ffff:" + kOnes, false, "100:0:0:1::", false},
      {"100:0:0:1::", "100::1:ffff:ffff:ffff:ffff", "100::ffff:ffff:ffff:ffff", false, "100:0:0:2::", false},
      {"5f00::", "5f00:ffff:" + kOnes, "5eff:ffff:" + kOnes, false, "5f01::", false},
      {"fc00::", "fdff:ffff:" + kOnes, "fbff:ffff:" + kOnes, false, "fe00::", false},
      {"fd00:ec2::254", "fd00:ec2::254", "", false, "", false},
      {"fe80::", "febf:ffff:" + kOnes, "fe7f:ffff:" + kOnes, false, "fec0::", false},
      {"fec0::", "feff:ffff:" + kOnes, "febf:ffff:" + kOnes, false, "ff00::", false},
      {"ff00::", "ffff:ffff:" + kOnes, "feff:ffff:" + kOnes, false, "", false},
      {"1fff:ffff:" + kOnes, "1fff:ffff:" + kOnes, "", false, "2000::", true},
      {"4000::", "4000::", "3fff:ffff:" + kOnes, true, "", false},
      // Blocks inside global unicast.
      {"2001::", "2001:1ff:" + kOnes, "2000:ffff:" + kOnes, true, "2001:200::", true},
      {"2001:1::1", "2001:1::3", "", false, "", false},
      {"2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff", "", false, "", false},
      {"2001:3::", "2001:3:" + kOnes, "", false, "", false},
      {"2001:4:112::", "2001:4:112:ffff:ffff:ffff:ffff:ffff", "", false, "", false},
      {"2001:10::", "2001:3f:" + kOnes, "", false, "", false},
      {"2001:db8::", "2001:db8:" + kOnes, "2001:db7:" + kOnes, true, "2001:db9::", true},
      {"2002::", "2002:ffff:" + kOnes, "2001:ffff:" + kOnes, true, "2003::", true},
      {"2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff", "2620:4f:7fff:ffff:ffff:ffff:ffff:ffff", true,
       "2620:4f:8001::", true},
      {"3ffe::", "3ffe:ffff:" + kOnes, "3ffd:ffff:" + kOnes, true, "3fff::", false},
      {"3fff::", "3fff:fff:" + kOnes, "3ffe:ffff:" + kOnes, false, "3fff:1000::", true},
  };
  for (const Block& block : kBlocks) ExpectEdges(block);
}

TEST(AddressPolicyTest, AllowsPublicUnicast) {
  for (const char* address : {"1.1.1.1", "8.8.8.8", "93.184.216.34", "223.255.255.255", "2001:4860:4860::8888",
                              "2606:4700::1111", "2a00:1450:4001:829::200e"}) {
    EXPECT_TRUE(Allowed(address)) << address;
  }
}

TEST(AddressPolicyTest, JudgesMappedAddressesAsWhatIsDialled) {
  EXPECT_TRUE(Allowed("::ffff:8.8.8.8"));
  for (const char* address : {"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0.0.0.0"}) {
    EXPECT_FALSE(Allowed(address)) << address;
  }
  EXPECT_TRUE(Allowed(PolicyOf({.allow_cidrs = {"10.0.0.0/24"}}), "::ffff:10.0.0.1"));
}

// Allowing a translation or tunnel prefix must not allow forbidden addresses embedded in it.
TEST(AddressPolicyTest, JudgesEmbeddedIpv4AddressesToo) {
  const struct {
    std::string prefix;
    // Embed 127.0.0.1, 10.0.0.1, 169.254.169.254 and the public 8.8.8.8, in this order.
    std::vector<std::string> addresses;
  } kForms[] = {
      {"::/96", {"::127.0.0.1", "::10.0.0.1", "::169.254.169.254", "::8.8.8.8"}},
      {"::ffff:0:0:0/96", {"::ffff:0:127.0.0.1", "::ffff:0:10.0.0.1", "::ffff:0:169.254.169.254", "::ffff:0:8.8.8.8"}},
      {"64:ff9b::/96", {"64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b::8.8.8.8"}},
      {"64:ff9b:1::/48",
       {"64:ff9b:1::127.0.0.1", "64:ff9b:1:2::10.0.0.1", "64:ff9b:1::169.254.169.254", "64:ff9b:1::8.8.8.8"}},
      {"2002::/16", {"2002:7f00:1::1", "2002:a00:1::1", "2002:a9fe:a9fe::1", "2002:808:808::1"}},
      // Teredo: the server, the flags, then the inverted port and client address.
      {"2001::/32",
       {"2001:0:808:808:0:0:80ff:fffe", "2001:0:808:808:0:0:f5ff:fffe", "2001:0:808:808:0:0:5601:5601",
        "2001:0:808:808:0:0:f7f7:f7f7"}},
      {"2001::/32",
       {"2001:0:7f00:1:0:0:f7f7:f7f7", "2001:0:a00:1:0:0:f7f7:f7f7", "2001:0:a9fe:a9fe:0:0:f7f7:f7f7",
        "2001:0:808:808:0:0:f7f7:f7f7"}},
      {"2606:4700::/32",
       {"2606:4700::5efe:127.0.0.1", "2606:4700::200:5efe:10.0.0.1", "2606:4700::5efe:169.254.169.254",
        "2606:4700::200:5efe:8.8.8.8"}},
  };
  for (const auto& form : kForms) {
    const AddressPolicy opened = PolicyOf({.allow_cidrs = {form.prefix}});
    for (size_t i = 0; i + 1 < form.addresses.size(); ++i) {
      EXPECT_FALSE(Allowed(form.addresses[i])) << form.addresses[i];
      EXPECT_THAT(CheckText(opened, form.addresses[i]),
                  StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("embeds")))
          << form.addresses[i];
    }
    EXPECT_TRUE(Allowed(opened, form.addresses.back())) << form.addresses.back();
  }
}

TEST(AddressPolicyTest, LoopbackNeedsDevelopmentMode) {
  const AddressPolicy development = PolicyOf({.allow_loopback = true});
  for (const char* address : {"127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_FALSE(Allowed(address)) << address;
    EXPECT_TRUE(Allowed(development, address)) << address;
  }
  // Connecting to 0.0.0.0 reaches this host, but 0.0.0.0 is not a loopback address. Neither are addresses that embed
  // one.
  for (const char* address : {"0.0.0.0", "::", "10.0.0.1", "::2", "64:ff9b::127.0.0.1"}) {
    EXPECT_FALSE(Allowed(development, address)) << address;
  }
}

TEST(AddressPolicyTest, OperatorsBlocks) {
  const AddressPolicy policy = PolicyOf({.allow_cidrs = {"10.1.0.0/16", "fd00::/8", "168.63.129.16", "198.51.100.0/24"},
                                         .deny_cidrs = {"10.1.9.0/24", "8.8.8.8", "2606:4700::/32"}});
  for (const char* address : {"10.1.0.0", "10.1.255.255", "fd00::1", "168.63.129.16", "198.51.100.1", "8.8.4.4"}) {
    EXPECT_TRUE(Allowed(policy, address)) << address;
  }
  for (const char* address : {"10.0.255.255", "10.2.0.0", "fc00::1", "10.1.9.1", "8.8.8.8", "::ffff:8.8.8.8",
                              "2606:4700::1111", "2a00::5efe:8.8.8.8"}) {
    EXPECT_FALSE(Allowed(policy, address)) << address;
  }
}

TEST(AddressPolicyTest, SaysWhichBlockForTheLog) {
  EXPECT_THAT(CheckText(PolicyOf({}), "::ffff:169.254.169.254"),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("169.254.169.254 is in 169.254.0.0/16")));
  EXPECT_THAT(CheckText(PolicyOf({.deny_cidrs = {"8.8.8.8"}}), "8.8.8.8"),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("fetch_deny_cidr")));
}

TEST(AddressPolicyTest, NoAllowedBlockOpensThisHost) {
  const AddressPolicy policy = PolicyOf({.allow_cidrs = {"0.0.0.0/0", "::/0", "127.0.0.0/8", "::1/128"}});
  // The kernel connects to this host for 0.0.0.0 and ::.
  for (const char* address : {"127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "0.0.0.0",
                              "::", "::ffff:0.0.0.0", "64:ff9b::0.0.0.0"}) {
    EXPECT_FALSE(Allowed(policy, address)) << address;
  }
  for (const char* address : {"10.0.0.1", "0.0.0.1"}) EXPECT_TRUE(Allowed(policy, address)) << address;
}

TEST(AddressPolicyTest, RefusesWhatIsNoIpAddress) {
  const AddressPolicy policy = PolicyOf({.allow_cidrs = {"0.0.0.0/0", "::/0"}, .allow_loopback = true});
  sockaddr_un local = {};
  local.sun_family = AF_UNIX;
  EXPECT_THAT(policy.Check(reinterpret_cast<const sockaddr*>(&local), sizeof(local)), Not(IsOk()));
  sockaddr_in short_address = {};
  short_address.sin_family = AF_INET;
  EXPECT_THAT(policy.Check(reinterpret_cast<const sockaddr*>(&short_address), 4), Not(IsOk()));
  EXPECT_THAT(policy.Check(reinterpret_cast<const sockaddr*>(&short_address), 0), Not(IsOk()));
}

TEST(AddressPolicyTest, ExplainsBlocksThatCannotBeRead) {
  const struct {
    const char* text;
    const char* explanation;
  } kCases[] = {
      {"", "does not begin with an IP address"},
      {"10.0.0", "does not begin with an IP address"},
      {"010.0.0.0/8", "does not begin with an IP address"},
      {"example.com/8", "does not begin with an IP address"},
      {"fe80::1%eth0", "does not begin with an IP address"},
      {"[::1]", "does not begin with an IP address"},
      {"10.0.0.0/", "prefix length from 0 to 32"},
      {"10.0.0.0/33", "prefix length from 0 to 32"},
      {"10.0.0.0/-1", "prefix length from 0 to 32"},
      {"10.0.0.0/+8", "prefix length from 0 to 32"},
      {"10.0.0.0/8 ", "prefix length from 0 to 32"},
      {"10.0.0.0/99999999999", "prefix length from 0 to 32"},
      {"2001:db8::/129", "prefix length from 0 to 128"},
      {"10.0.0.1/8", "the block is 10.0.0.0/8"},
      {"2001:db8::1/32", "the block is 2001:db8::/32"},
  };
  for (const auto& test : kCases) {
    EXPECT_THAT(AddressPolicy::Create({.allow_cidrs = {test.text}}),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(test.explanation)))
        << test.text;
    EXPECT_THAT(AddressPolicy::Create({.deny_cidrs = {test.text}}),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("fetch_deny_cidr")))
        << test.text;
  }
  for (const char* text :
       {"0.0.0.0/0", "10.0.0.0/8", "10.20.30.40", "10.20.30.40/32", "::/0", "::1", "2001:db8::/33"}) {
    EXPECT_THAT(AddressPolicy::Create({.allow_cidrs = {text}}), IsOk()) << text;
  }
}

}  // namespace
}  // namespace cimd::fetch
