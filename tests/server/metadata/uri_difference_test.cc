#include "server/metadata/uri_difference.h"

#include <string_view>

#include "gtest/gtest.h"

namespace cimd::metadata {
namespace {

TEST(UriDifferenceTest, NamesWhatPeopleOverlook) {
  struct Row {
    std::string_view a;
    std::string_view b;
    std::string_view difference;
  };
  const Row kRows[] = {
      {"https://a.com/cb", "https://a.com/cb", ""},
      {"https://a.com/cb", "https://a.com/cb/", "a final slash"},
      {"https://a.com", "https://a.com/", "a final slash"},
      {"https://a.com/cb?x", "https://a.com/cb/?x", "a final slash"},
      {"https://a.com/cb", "https://a.com/CB", "upper and lower case"},
      {"https://a.com/cb", "HTTPS://A.com/cb", "upper and lower case"},
      {"https://a.com/cb", "https://a.com:443/cb", "the port"},
      {"https://a.com:1/cb", "https://a.com:2/cb", "the port"},
      {"http://a.com/cb", "https://a.com/cb", "the scheme"},
      {"http://localhost/cb", "http://127.0.0.1:8080/cb", "the name of the loopback host and the port"},
      {"https://a.com/cb", "http://A.com:1/cb/", "upper and lower case, the scheme, the port and a final slash"},
      {"com.acme.app:/cb", "com.acme.App:/cb", "upper and lower case"},
      // With an additional difference.
      {"https://a.com/cb", "https://b.com/cb", ""},
      {"https://a.com/cb", "https://a.com/other/", ""},
      {"https://a.com/cb", "https://a.com/cb//", ""},
      {"https://a.com/cb", "https://a.com/cb?x", ""},
      {"https://a.com/cb", "https://a.com/cb#", ""},
      {"https://a.com/cb", "https://u@a.com/cb", ""},
      {"https://a.com/cb", "ftp://a.com/cb", ""},
      {"http://localhost/cb", "http://a.com/cb", ""},
      {"https:/a.com/cb", "https://a.com/cb", ""},
      {"notes", "notes/", ""},
      {"", "", ""},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(DescribeSmallDifference(row.a, row.b), row.difference) << row.a << " " << row.b;
    EXPECT_EQ(DescribeSmallDifference(row.b, row.a), row.difference) << row.b << " " << row.a;
  }
}

}  // namespace
}  // namespace cimd::metadata
