// The guide to the HTTP API must list every endpoint and no other.
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/gateway/api/every_endpoint.h"

namespace cimd::gateway {
namespace {

TEST(ReadmeTest, NamesEveryEndpoint) {
  std::ifstream file(CIMD_SOURCE_DIR "/server/gateway/README.md");
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const size_t begin = text.find("\n## Endpoints\n");
  ASSERT_NE(begin, std::string::npos);
  const std::string section = text.substr(begin, text.find("\n## ", begin + 1) - begin);
  std::set<std::string> documented;
  // `GET PATCH /path`
  const std::regex address("`((?:[A-Z]+ )+)(/[^`]*)`");
  for (std::sregex_iterator found(section.begin(), section.end(), address), end; found != end; ++found) {
    std::istringstream methods((*found)[1]);
    for (std::string method; methods >> method;) documented.insert(method + " " + (*found)[2].str());
  }
  std::set<std::string> served;
  for (const testing::EndpointAddress& endpoint : testing::EveryEndpoint()) {
    served.insert(endpoint.method + " " + endpoint.path);
  }
  EXPECT_EQ(documented, served);
}

}  // namespace
}  // namespace cimd::gateway
