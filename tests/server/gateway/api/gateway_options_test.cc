#include "server/gateway/gateway_options.h"

#include <fstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace cimd::gateway {
namespace {

using ::cimd::testing::StatusIs;
using ::testing::HasSubstr;

ParsedGatewayOptions Parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "cimd-gateway");
  return ParseGatewayOptions(static_cast<int>(arguments.size()), arguments.data());
}

TEST(ParseGatewayOptionsTest, HasDefaults) {
  const ParsedGatewayOptions parsed = Parse({"--token_file=t"});
  ASSERT_TRUE(parsed.run);
  EXPECT_EQ(parsed.options.listen, "127.0.0.1:8471");
  EXPECT_EQ(parsed.options.server, "127.0.0.1:8470");
  EXPECT_EQ(parsed.options.default_tenant, "");
  EXPECT_EQ(parsed.options.drain_timeout, absl::Seconds(10));
  EXPECT_FALSE(parsed.options.insecure_plaintext);
}

TEST(ParseGatewayOptionsTest, ReadsAFile) {
  testing::TempDir dir;
  std::ofstream(dir / "flags") << "token_file = t\nlisten = 127.0.0.1:9\ndrain_timeout_seconds = 3\nio_threads = 5\n";
  const std::string flag = "--flagfile=" + (dir / "flags");
  const ParsedGatewayOptions parsed = Parse({flag.c_str(), "--io_threads=6"});
  ASSERT_TRUE(parsed.run);
  EXPECT_EQ(parsed.options.token_file, "t");
  EXPECT_EQ(parsed.options.listen, "127.0.0.1:9");
  EXPECT_EQ(parsed.options.drain_timeout, absl::Seconds(3));
  EXPECT_EQ(parsed.options.io_threads, 6);
}

TEST(ParseGatewayOptionsTest, RefusesAFileWithAnOptionThatDoesNotExist) {
  testing::TempDir dir;
  std::ofstream(dir / "flags") << "token_file = t\nio_thread = 5\n";
  const std::string flag = "--flagfile=" + (dir / "flags");
  const ParsedGatewayOptions parsed = Parse({flag.c_str()});
  EXPECT_FALSE(parsed.run);
  EXPECT_NE(parsed.exit_code, 0);
}

TEST(ParseGatewayOptionsTest, TellsWhenThereIsNothingToRun) {
  EXPECT_FALSE(Parse({"--help"}).run);
  EXPECT_EQ(Parse({"--help"}).exit_code, 0);
  EXPECT_EQ(Parse({"--version"}).exit_code, 0);
  for (const std::vector<const char*>& wrong :
       {std::vector<const char*>{}, {"--token_file=t", "--unknown=1"}, {"--token_file=t", "--io_threads=0"}}) {
    const ParsedGatewayOptions parsed = Parse(wrong);
    EXPECT_FALSE(parsed.run);
    EXPECT_NE(parsed.exit_code, 0);
  }
}

TEST(ValidateGatewayOptionsTest, RefusesPlainTextOnANetwork) {
  const auto status = [](auto change) {
    GatewayOptions options;
    change(options);
    return ValidateGatewayOptions(options);
  };
  CIMD_EXPECT_OK(status([](auto&) {}));
  CIMD_EXPECT_OK(status([](auto& o) { o.listen = "[::1]:0"; }));
  CIMD_EXPECT_OK(status([](auto& o) { o.server = "localhost:8470"; }));
  CIMD_EXPECT_OK(status([](auto& o) { o.server = "unix:/run/cimd/server"; }));
  for (const char* address :
       {"0.0.0.0:8471", "[::]:8471", "10.0.0.1:8471", "127.evil.example:8471", "localhost.example:1"}) {
    SCOPED_TRACE(address);
    EXPECT_THAT(status([&](auto& o) { o.listen = address; }),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--listen")));
    EXPECT_THAT(status([&](auto& o) { o.server = address; }),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--server")));
    CIMD_EXPECT_OK(status([&](auto& o) {
      o.listen = o.server = address;
      o.insecure_plaintext = true;
    }));
    // TLS towards callers and TLS towards the server are independent.
    CIMD_EXPECT_OK(status([&](auto& o) {
      o.listen = address;
      o.tls_certificate_file = o.tls_key_file = "x";
    }));
    EXPECT_FALSE(status([&](auto& o) {
                   o.listen = address;
                   o.server_ca_file = "x";
                 }).ok());
    CIMD_EXPECT_OK(status([&](auto& o) {
      o.server = address;
      o.server_ca_file = "x";
    }));
  }
  EXPECT_THAT(status([](auto& o) { o.tls_key_file = "x"; }),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--tls_certificate_file")));
  EXPECT_THAT(status([](auto& o) { o.tls_client_ca_file = "x"; }),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--tls_client_ca_file")));
}

}  // namespace
}  // namespace cimd::gateway
