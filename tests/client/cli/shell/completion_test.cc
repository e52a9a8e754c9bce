#include "client/cli/shell/completion.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "client/cli/session/session.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/cli/cimdctl_fixture.h"

namespace cimd::cli {
namespace {

using cimd::testing::CimdctlResult;
using cimd::testing::CimdctlTest;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class CompletionTest : public CimdctlTest {
 protected:
  // Returns the candidates without their descriptions.
  std::vector<std::string> Complete(std::vector<std::string> words) {
    words.insert(words.begin(), "complete");
    std::vector<std::string> candidates;
    std::ostringstream out;
    std::vector<const char*> argv = {"cimdctl"};
    for (const std::string& word : words) argv.push_back(word.c_str());
    std::istringstream in;
    const Console console{.in = in, .out = out, .err = out};
    EXPECT_EQ(RunCommandLine(static_cast<int>(argv.size()), argv.data(), console), kExitOk);
    std::istringstream lines(out.str());
    for (std::string line; std::getline(lines, line);) candidates.push_back(line.substr(0, line.find('\t')));
    return candidates;
  }
};

TEST_F(CompletionTest, KnowsCommandsOptionsAndValues) {
  EXPECT_THAT(Complete({"cl"}), ElementsAre("clients"));
  EXPECT_THAT(Complete({""}), AllOf(Contains("tenants"), Contains("help"), Not(Contains("man"))));
  EXPECT_THAT(Complete({"--tenant", "acme", "clients", "pre"}), ElementsAre("preview"));
  EXPECT_THAT(Complete({"help", "clients", "pre"}), ElementsAre("preview"));
  EXPECT_THAT(Complete({"clients", "list", "--sta"}), ElementsAre("--state"));
  EXPECT_THAT(Complete({"clients", "list", "--out"}), ElementsAre("--output"));
  EXPECT_THAT(Complete({"clients", "list", "--output", ""}), ElementsAre("table", "json"));
  EXPECT_THAT(Complete({"clients", "list", "-o", "j"}), ElementsAre("json"));
  EXPECT_THAT(Complete({"clients", "list", "--output=j"}), ElementsAre("--output=json"));
  EXPECT_THAT(Complete({"clients", "list", "--output", "=", "j"}), ElementsAre("json"));
  EXPECT_THAT(Complete({"clients", "list", "--output", "="}), ElementsAre("table", "json"));
  EXPECT_THAT(Complete({"completion", "z"}), ElementsAre("zsh"));
}

TEST_F(CompletionTest, LeavesFilesAndFreeTextToTheShell) {
  EXPECT_THAT(Complete({"clients", "show", ""}), IsEmpty());
  EXPECT_THAT(Complete({"--token_file", ""}), IsEmpty());
  EXPECT_THAT(Complete({"nonsense", "--no"}), Not(Contains("--no")));
  EXPECT_THAT(Complete({"--nonsense=x"}), IsEmpty());
}

TEST_F(CompletionTest, BashAsksTheProgram) {
  const CimdctlResult script = Run({"completion", "bash"});
  ASSERT_EQ(script.status, kExitOk);
  // A substitute for the program that prints its arguments.
  const std::string program = File(
      "cimdctl", "#!/bin/sh\nprintf 'clients\\tClients, and more\\n'\nfor word; do printf '%s\\n' \"<$word>\"; done\n");
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  const std::string test = File("test.bash", "set -eu\nsource " + File("script", script.out) +
                                                 "\nCOMP_WORDS=(cimdctl cl '' after)\nCOMP_CWORD=2\n_cimdctl " +
                                                 program + "\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n");
  FILE* pipe = popen(("bash " + test + " 2>&1").c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::array<char, 1024> printed{};
  const size_t length = fread(printed.data(), 1, printed.size() - 1, pipe);
  EXPECT_EQ(pclose(pipe), 0);
  EXPECT_EQ(std::string(printed.data(), length), "clients\n<complete>\n<cl>\n<>\n");
}

TEST_F(CompletionTest, ThereIsAScriptForEachShell) {
  EXPECT_THAT(Run({"completion", "zsh"}).out, AllOf(HasSubstr("#compdef cimdctl"), HasSubstr("complete \"${(@)words")));
  EXPECT_THAT(Run({"completion", "fish"}).out, HasSubstr("complete -c cimdctl"));
  EXPECT_EQ(Run({"completion", "csh"}).status, kExitUsage);
  EXPECT_EQ(Run({"completion"}).status, kExitUsage);
}

TEST_F(CompletionTest, ManWritesAPageForEachNoun) {
  ASSERT_EQ(Run({"man", "--output_dir", dir_.path()}).status, kExitOk);
  const auto page = [&](const std::string& name) {
    std::ifstream file(dir_.path() + "/" + name);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  };
  EXPECT_THAT(page("cimdctl.1"),
              AllOf(HasSubstr(".SH \"EXIT STATUS\""), HasSubstr("CIMD_TOKEN"), HasSubstr("cimdctl\\-clients(1)")));
  for (const char* noun :
       {"admin", "apis", "audit", "clients", "connections", "grants", "keys", "metadata", "tenants", "tokens"}) {
    EXPECT_THAT(page(std::string("cimdctl-") + noun + ".1"), HasSubstr(".SH COMMANDS\n.SS ")) << noun;
  }
  EXPECT_EQ(Run({"man", "--output_dir", "/nonexistent"}).status, kExitUsage);
}

}  // namespace
}  // namespace cimd::cli
