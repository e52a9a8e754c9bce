#include "client/cli/command_line.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "cimd/v1/admin_service.pb.h"
#include "cimd/v1/metadata_document.pb.h"
#include "client/cli/session/session.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "server/errors/errors.h"
#include "tests/client/cli/cimdctl_fixture.h"

namespace cimd::cli {
namespace {

using cimd::testing::CimdctlResult;
using cimd::testing::CimdctlTest;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class CommandLineTest : public CimdctlTest {
 protected:
  CommandLineTest() {
    server_.On([](const v1::GetTenantRequest& request) -> absl::StatusOr<v1::Tenant> {
      v1::Tenant tenant;
      tenant.set_name(request.name());
      return tenant;
    });
  }
};

TEST_F(CommandLineTest, RefusesCommandLinesThatMakeNoSense) {
  const std::vector<std::vector<std::string>> kLines = {
      {},
      {"client"},
      {"clients"},
      {"clients", "lst"},
      {"clients", "show"},
      {"clients", "list", "--state", "odd"},
      {"clients", "list", "--app_type", "desktop"},
      {"clients", "list", "extra"},
      {"clients", "document", "tpc_1", "0"},
      {"clients", "document", "tpc_1", "two"},
      {"clients", "update", "tpc_1"},
      {"clients", "update", "tpc_1", "--set", "no_equals_sign"},
      {"clients", "update", "tpc_1", "--set", "no.such.field=1"},
      {"clients", "register", "https://a.example/b", "--document", "/nonexistent/document"},
      {"tenants", "update"},
      {"tenants", "update", "--cimd", "maybe"},
      {"tenants", "update", "--profile", "lenient"},
      {"tenants", "delete"},
      {"tenants", "list", "-o", "yaml"},
      {"tenants", "list", "--color", "pink"},
      {"metadata", "lint", "/nonexistent/document", "--url", "https://a.example/b"},
      {"metadata", "lint", "/etc/hostname"},
  };
  for (const auto& line : kLines) {
    const CimdctlResult result = Run(line);
    EXPECT_EQ(result.status, kExitUsage) << ::testing::PrintToString(line);
    EXPECT_THAT(result.err, Not(IsEmpty())) << ::testing::PrintToString(line);
    EXPECT_THAT(result.out, IsEmpty()) << ::testing::PrintToString(line);
  }
  EXPECT_THAT(server_.authorizations(), IsEmpty());
}

TEST_F(CommandLineTest, NamesTheWrongWord) {
  EXPECT_THAT(Run({"client", "list"}).err, HasSubstr("has no command 'client'; did you mean `cimdctl clients`?"));
  EXPECT_THAT(Run({"clients", "lst"}).err, HasSubstr("did you mean `cimdctl clients list`?"));
  EXPECT_THAT(Run({"clients"}).err, HasSubstr("`cimdctl clients` needs a command: list, show, "));
  EXPECT_THAT(Run({"tenants", "show", "--tenat", "acme"}).err, HasSubstr("did you mean --tenant?"));
}

TEST_F(CommandLineTest, TakesOptionsWithHyphensAndTheWordHelp) {
  EXPECT_EQ(Run({"tenants", "show", "--token-file", File("token", "token-of-the-file")}).status, kExitOk);
  EXPECT_THAT(server_.authorizations(), ElementsAre("Bearer token-of-the-file"));
  EXPECT_EQ(Run({"help", "clients", "register"}).out, Run({"clients", "register", "--help"}).out);
  EXPECT_EQ(Run({"help"}).out, Run({"--help"}).out);
}

TEST_F(CommandLineTest, RefusesArgumentsThatAreNotUtf8) {
  const CimdctlResult result = Run({"tenants", "show", "\xff\x1b"});
  EXPECT_EQ(result.status, kExitUsage);
  EXPECT_EQ(result.err, "error: argument 5 is not UTF-8 text: \\xff\\x1b\n");
}

TEST_F(CommandLineTest, HelpTellsExitStatuses) {
  const CimdctlResult result = Run({"--help"});
  EXPECT_EQ(result.status, kExitOk);
  EXPECT_THAT(result.out, HasSubstr("Exit status:\n0: done.\n1: "));
  EXPECT_THAT(result.out, HasSubstr("CIMD_TOKEN"));
  EXPECT_EQ(Run({"clients", "refresh", "--help"}).status, kExitOk);
  EXPECT_EQ(Run({"--version"}).status, kExitOk);
}

TEST_F(CommandLineTest, TakesGlobalOptionsAfterTheCommandToo) {
  EXPECT_EQ(Run({"tenants", "show", "--tenant", "acme", "-o", "json"}).out, "{\n \"name\": \"tenants/acme\"\n}\n");
}

TEST_F(CommandLineTest, TakesTheTokenFromAFileOrTheEnvironment) {
  const std::string file = File("token", "token-of-the-file\n");
  EXPECT_EQ(Run({"tenants", "show"}).status, kExitOk);
  EXPECT_EQ(Run({"tenants", "show", "--token_file", file}).status, kExitOk);
  setenv("CIMD_TOKEN_FILE", file.c_str(), 1);
  EXPECT_EQ(Run({"tenants", "show"}).status, kExitOk);
  EXPECT_THAT(server_.authorizations(),
              ElementsAre("Bearer token-of-the-environment", "Bearer token-of-the-file", "Bearer token-of-the-file"));
}

TEST_F(CommandLineTest, RefusesToCallWithoutAProperToken) {
  EXPECT_THAT(Run({"tenants", "show", "--token_file", "/nonexistent/token"}).err, HasSubstr("/nonexistent/token"));
  EXPECT_EQ(Run({"tenants", "show", "--token_file", File("empty", "\n")}).status, kExitUsage);
  EXPECT_EQ(Run({"tenants", "show", "--token_file", File("odd", "two words")}).status, kExitUsage);
  EXPECT_EQ(Run({"tenants", "show", "--token_file", dir_.path()}).status, kExitUsage);
  EXPECT_EQ(Run({"tenants", "show", "--token_file", "/dev/zero"}).status, kExitUsage);
  unsetenv("CIMD_TOKEN");
  const CimdctlResult result = Run({"tenants", "show"});
  EXPECT_EQ(result.status, kExitUsage);
  EXPECT_THAT(result.err, HasSubstr("CIMD_TOKEN"));
  EXPECT_THAT(server_.authorizations(), IsEmpty());
}

TEST_F(CommandLineTest, SkipsTheByteOrderMarkOfATokenFile) {
  EXPECT_EQ(Run({"tenants", "show", "--token_file", File("token", "\xef\xbb\xbftoken-of-the-file\r\n")}).status,
            kExitOk);
  EXPECT_THAT(server_.authorizations(), ElementsAre("Bearer token-of-the-file"));
}

TEST_F(CommandLineTest, FailsWhenTheResultCannotBeWritten) {
  const std::string document = File("document", "{}");
  const std::vector<std::vector<std::string>> kLines = {
      {"tenants", "show"},
      {"tenants", "show", "-o", "json"},
      {"metadata", "lint", document, "--url", "https://a.example/b"},
      {"--help"},
      {"clients", "--help"},
      {"--version"},
  };
  for (const auto& line : kLines) {
    std::ofstream full("/dev/full");
    const CimdctlResult result = RunInto(full, line);
    EXPECT_EQ(result.status, kExitFailed) << ::testing::PrintToString(line);
    EXPECT_THAT(result.err, HasSubstr("could not be written")) << ::testing::PrintToString(line);
  }
}

TEST_F(CommandLineTest, SaysWhatIsWrongWithAnAddress) {
  const std::pair<const char*, const char*> kAddresses[] = {
      {"http://127.0.0.1:8470", "is a URL"}, {"127.0.0.1", "has no port"}, {"::1:8470", "in brackets"}};
  for (const auto& [address, why] : kAddresses) {
    const CimdctlResult result = Run({"tenants", "show", "--server", address});
    EXPECT_EQ(result.status, kExitUsage) << address;
    EXPECT_THAT(result.err, HasSubstr(why)) << address;
  }
}

TEST_F(CommandLineTest, SendsNoTokenInPlainTextToAnotherMachine) {
  const std::vector<std::string> line = {"tenants", "show", "--server", "cimd.invalid:8470"};
  const CimdctlResult refused = Run(line);
  EXPECT_EQ(refused.status, kExitUsage);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("plain text"), HasSubstr("--ca_file"), HasSubstr("--insecure_plaintext")));
  // With the flag the call is made. No server listens at this address.
  std::vector<std::string> allowed = line;
  allowed.push_back("--insecure_plaintext");
  EXPECT_EQ(Run(allowed).status, kExitFailed);
}

TEST_F(CommandLineTest, TakesTheFilesOfTlsFromTheEnvironment) {
  setenv("CIMD_CA_FILE", "/nonexistent/ca.pem", 1);
  const CimdctlResult result = Run({"tenants", "show", "--server", "cimd.invalid:8470"});
  EXPECT_EQ(result.status, kExitUsage);
  EXPECT_THAT(result.err, HasSubstr("/nonexistent/ca.pem"));
}

TEST_F(CommandLineTest, TakesServerAndTenantFromTheEnvironment) {
  setenv("CIMD_TENANT", "acme", 1);
  EXPECT_THAT(Run({"tenants", "show"}).out, HasSubstr("tenants/acme"));
  EXPECT_THAT(Run({"tenants", "show", "--tenant", "other"}).out, HasSubstr("tenants/other"));
}

TEST_F(CommandLineTest, TellsErrorsOnStandardError) {
  server_.On(
      [](const v1::GetTenantRequest&) -> absl::StatusOr<v1::Tenant> { return rpc::errors::TenantNotFound("acme"); });
  const CimdctlResult result = Run({"tenants", "show"});
  EXPECT_EQ(result.status, kExitFailed);
  EXPECT_THAT(result.out, IsEmpty());
  EXPECT_EQ(result.err,
            "error: there is no tenant 'acme' (TENANT_NOT_FOUND)\n"
            "    hint: `cimdctl tenants list` tells which there are; --tenant chooses one\n");
}

TEST_F(CommandLineTest, ColoursOnlyWhereItIsWelcome) {
  const std::string document = File("document", "{}");
  const std::vector<std::string> lint = {"metadata", "lint", document, "--url", "https://a.example/b"};
  auto with = [&](const std::string& color) {
    std::vector<std::string> line = lint;
    line.insert(line.end(), {"--color", color});
    return line;
  };
  EXPECT_THAT(Run(lint, "", /*terminal=*/true).out, HasSubstr("\x1b[31m"));
  EXPECT_THAT(Run(lint, "", /*terminal=*/false).out, Not(HasSubstr("\x1b")));
  EXPECT_THAT(Run(with("always"), "", /*terminal=*/false).out, HasSubstr("\x1b[31m"));
  EXPECT_THAT(Run(with("never"), "", /*terminal=*/true).out, Not(HasSubstr("\x1b")));
  setenv("NO_COLOR", "1", 1);
  EXPECT_THAT(Run(lint, "", /*terminal=*/true).out, Not(HasSubstr("\x1b")));
  EXPECT_THAT(Run(with("always"), "", /*terminal=*/true).out, HasSubstr("\x1b[31m"));
  unsetenv("NO_COLOR");
  setenv("TERM", "dumb", 1);
  EXPECT_THAT(Run(lint, "", /*terminal=*/true).out, Not(HasSubstr("\x1b")));
}

class LintTest : public CimdctlTest {
 protected:
  LintTest() { unsetenv("CIMD_TOKEN"); }
};

TEST_F(LintTest, JudgesRealDocumentsWithoutAServer) {
  int documents = 0;
  for (const auto& entry : std::filesystem::directory_iterator(CIMD_TESTDATA_DIR "/metadata/corpus")) {
    std::ifstream file(entry.path());
    const std::string url = nlohmann::json::parse(file)["client_id"];
    const CimdctlResult result = Run({"metadata", "lint", entry.path(), "--url", url});
    EXPECT_EQ(result.status, kExitOk) << result.out;
    EXPECT_THAT(result.out, HasSubstr("valid: 0 violations, ")) << entry.path();
    ++documents;
  }
  EXPECT_GE(documents, 11);
  EXPECT_THAT(server_.authorizations(), IsEmpty());
}

TEST_F(LintTest, PrintsAllFindings) {
  const std::string document =
      File("document", R"({"client_id": "https://a.example/b", "client_name": "x", "redirect_uris": ["data:x"],
                           "client_secret": "s"})");
  const CimdctlResult result = Run({"metadata", "lint", document, "--url", "http://a.example/b"});
  EXPECT_EQ(result.status, kExitFailed);
  EXPECT_THAT(result.out, HasSubstr(document + ": invalid: "));
  for (const char* reason : {"URL_SCHEME_NOT_HTTPS", "CLIENT_ID_MISMATCH", "REDIRECT_URI_SCHEME_FORBIDDEN",
                             "CLIENT_SECRET_PRESENT", "GRANT_TYPES_DEFAULTED"}) {
    EXPECT_THAT(result.out, HasSubstr(reason));
  }
}

TEST_F(LintTest, HoldsTheDocumentToTheProfile) {
  const std::string document =
      File("document",
           R"({"client_id": "https://a.example.net/b", "client_name": "x", "redirect_uris": ["https://a.example.net/c"],
                      "token_endpoint_auth_method": "none"})");
  const std::vector<std::string> line = {"metadata", "lint", document, "--url", "https://a.example.net/b", "--profile"};
  for (const auto& [profile, status] : {std::pair("standard", kExitOk), std::pair("strict", kExitFailed)}) {
    std::vector<std::string> with_profile = line;
    with_profile.push_back(profile);
    EXPECT_EQ(Run(with_profile).status, status) << profile;
  }
}

TEST_F(LintTest, PrintsJson) {
  const std::string document = File("document", "[1, 2");
  const CimdctlResult result = Run({"metadata", "lint", document, "--url", "https://a.example/b", "--output", "json"});
  v1::Validation validation;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(result.out, &validation).ok()) << result.out;
  EXPECT_FALSE(validation.valid());
  EXPECT_GE(validation.violations_size(), 1);
}

TEST_F(LintTest, TakesADocumentThatIsFarTooLong) {
  const CimdctlResult result =
      Run({"metadata", "lint", File("document", std::string(100000, ' ')), "--url", "https://a.example/b"});
  EXPECT_EQ(result.status, kExitFailed);
  EXPECT_THAT(result.out, HasSubstr("DOCUMENT_TOO_LARGE"));
}

}  // namespace
}  // namespace cimd::cli
