#include "client/address.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cimd::client {
namespace {

using ::testing::HasSubstr;

TEST(AddressTest, TakesWhatAServerListensOn) {
  for (const char* address : {"127.0.0.1:8470", "localhost:1", "cimd.example.net:65535", "[::1]:8470",
                              "unix:/run/cimd.sock", "unix-abstract:cimd", "dns:///cimd:8470", "ipv4:10.0.0.1:1"}) {
    CIMD_EXPECT_OK(CheckAddress(address)) << address;
  }
}

TEST(AddressTest, SaysWhatIsWrong) {
  struct Case {
    const char* address;
    const char* why;
  };
  for (const Case& wrong : {
           Case{"", "is empty"},
           Case{"http://127.0.0.1:8470", "is a URL"},
           Case{"https://cimd.example.net", "is a URL"},
           Case{"cimd.example.net:8470/api", "has a path"},
           Case{"127.0.0.1", "has no port, such as 127.0.0.1:8470"},
           Case{"[::1]", "has no port, such as [::1]:8470"},
           Case{"::1", "in brackets"},
           Case{"::1:8470", "in brackets"},
           Case{"host:", "between 1 and 65535"},
           Case{"host:grpc", "between 1 and 65535"},
           Case{"host:0", "between 1 and 65535"},
           Case{"host:65536", "between 1 and 65535"},
           Case{":8470", "has no host"},
       }) {
    const absl::Status status = CheckAddress(wrong.address);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << wrong.address;
    EXPECT_THAT(std::string(status.message()), HasSubstr(wrong.why)) << wrong.address;
  }
}

TEST(AddressTest, KnowsWhatStaysOnThisMachine) {
  for (const char* address : {"127.0.0.1:8470", "127.1.2.3:1", "localhost:1", "[::1]:8470", "unix:/run/cimd.sock",
                              "unix-abstract:cimd", "ipv4:127.0.0.1:1", "dns:///localhost:1", "ipv6:[::1]:1"}) {
    EXPECT_TRUE(IsLoopbackAddress(address)) << address;
  }
  for (const char* address : {"10.0.0.1:8470", "127.0.0.1.example.net:1", "localhost.example.net:1", "[::2]:8470",
                              "0.0.0.0:1", "ipv4:127.0.0.1:1,10.0.0.1:1", "dns:///cimd:1"}) {
    EXPECT_FALSE(IsLoopbackAddress(address)) << address;
  }
}

}  // namespace
}  // namespace cimd::client
