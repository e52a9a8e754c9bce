#include "server/admission/normal_form.h"

#include <string_view>

#include "gtest/gtest.h"

namespace cimd::admission {
namespace {

TEST(NormalFormTest, MakesSpellingsOfOneUrlEqual) {
  const struct {
    std::string_view url, normal;
  } rows[] = {
      {"https://client-host.com/c.json", "https://client-host.com/c.json"},
      {"HTTPS://Client-HOST.com:443/c.json", "https://client-host.com/c.json"},
      {"https://client-host.com:/c.json", "https://client-host.com/c.json"},
      {"https://client-host.com./c.json", "https://client-host.com/c.json"},
      {"https://client-host.com:8443/c.json", "https://client-host.com:8443/c.json"},
      {"https://client-host.com", "https://client-host.com/"},
      {"https://client-host.com?q", "https://client-host.com/?q"},
      {"https://client-host.com/%63%2ejson", "https://client-host.com/c.json"},
      {"https://client-host.com/a%2fb", "https://client-host.com/a%2Fb"},
      {"https://client-host.com/a%252fb", "https://client-host.com/a%252fb"},
      {"https://client-host.com/./x/../c.json", "https://client-host.com/c.json"},
      {"https://client-host.com/%2e%2E/c.json", "https://client-host.com/c.json"},
      {"https://client-host.com/a/..", "https://client-host.com/"},
      {"https://client-host.com/a/.", "https://client-host.com/a/"},
      {"https://client-host.com/a//b", "https://client-host.com/a//b"},
      {"https://client-host.com/a/", "https://client-host.com/a/"},
      {"https://cli%65nt-host.com/", "https://client-host.com/"},
      {"https://client-host.com/c?%61=%2f", "https://client-host.com/c?a=%2F"},
      {"https://client-host.com/c?", "https://client-host.com/c?"},
  };
  for (const auto& row : rows) {
    const auto normal = Normalize(row.url);
    ASSERT_TRUE(normal.has_value()) << row.url;
    EXPECT_EQ(normal->text(), row.normal) << row.url;
    EXPECT_EQ(Normalize(normal->text())->text(), row.normal) << "a normal form is its own: " << row.url;
  }
}

TEST(NormalFormTest, IsAbsentForWhatIsNoHttpsUrl) {
  for (const std::string_view url :
       {"", "c.json", "http://client-host.com/", "https:c", "https:///c", "https://client-host.com/%",
        "https://client-host.com/%zz", "https://client-host.com:0/", "https://client-host.com:x/"}) {
    EXPECT_FALSE(Normalize(url).has_value()) << url;
  }
}

}  // namespace
}  // namespace cimd::admission
