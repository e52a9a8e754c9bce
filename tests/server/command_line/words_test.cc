#include "server/command_line/words.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cimd::command_line {
namespace {

using ::testing::HasSubstr;

// A minimal program with two nouns.
class ParseTest : public ::testing::Test {
 protected:
  ParseTest() {
    app_.fallthrough();
    app_.require_subcommand(1);
    app_.add_option("-o,--output_format", output_);
    app_.add_subcommand("help", "Helps");
    CLI::App* clients = app_.add_subcommand("clients", "Clients")->require_subcommand(1);
    list_ = clients->add_subcommand("list", "Lists");
    list_->add_option("--page_size", page_size_);
    list_->add_flag("--only_blocked", only_blocked_);
    list_->add_option("argument", argument_);
    clients->add_subcommand("show", "Shows")->add_option("client", argument_)->required();
    app_.add_subcommand("tenants", "Tenants")->require_subcommand(1)->add_subcommand("list", "Lists");
  }

  // Returns "" if the command line was accepted, otherwise the name and the message of the error.
  std::string Run(std::vector<const char*> words) {
    words.insert(words.begin(), "program");
    try {
      Parse(app_, static_cast<int>(words.size()), words.data());
    } catch (const CLI::ParseError& error) {
      return error.get_name() + ": " + error.what();
    }
    return "";
  }

  CLI::App app_{"Does things.", "program"};
  CLI::App* list_ = nullptr;
  std::string output_;
  std::string argument_;
  int page_size_ = 0;
  bool only_blocked_ = false;
};

TEST_F(ParseTest, OptionsMayBeSpelledWithHyphens) {
  EXPECT_EQ(Run({"--output-format=a-b_c", "clients", "list", "--page-size", "7", "--only-blocked"}), "");
  EXPECT_EQ(output_, "a-b_c");
  EXPECT_EQ(page_size_, 7);
  EXPECT_TRUE(only_blocked_);
  EXPECT_EQ(Run({"clients", "list", "--output_format", "--page-size"}), "") << "a value is not an option";
}

TEST_F(ParseTest, ShortOptionsAndWhatFollowsTwoHyphensStay) {
  EXPECT_EQ(Run({"-o", "clients", "clients", "list", "--", "--page-size"}), "");
  EXPECT_EQ(output_, "clients");
  EXPECT_EQ(argument_, "--page-size");
  EXPECT_EQ(Run({"-ojson", "clients", "list"}), "");
  EXPECT_EQ(output_, "json");
}

TEST_F(ParseTest, TheWrongWordIsNamedWithANearOne) {
  EXPECT_THAT(Run({"client", "list"}), HasSubstr("`program` has no command 'client'; did you mean `program clients`?"));
  EXPECT_THAT(Run({"clients", "lst"}),
              HasSubstr("`program clients` has no command 'lst'; did you mean `program clients list`?"));
  EXPECT_THAT(Run({"frobnicate"}), HasSubstr("has no command 'frobnicate'; there are: help, clients, tenants"));
  EXPECT_THAT(Run({"clients"}), HasSubstr("`program clients` needs a command: list, show"));
  EXPECT_THAT(Run({}), HasSubstr("`program` needs a command: help, clients, tenants"));
  EXPECT_THAT(Run({"clients", "list", "--page-sise", "7"}),
              HasSubstr("`program clients list` has no option --page-sise; did you mean --page_size?"));
  EXPECT_THAT(Run({"clients", "show", "--page_size", "7"}),
              HasSubstr("`program clients show` has no option --page_size"));
  EXPECT_THAT(Run({"clients", "show"}), HasSubstr("client is required"));
}

TEST_F(ParseTest, HelpIsACommandToo) {
  for (const std::vector<const char*>& words :
       {std::vector<const char*>{"help"}, {"help", "clients"}, {"help", "clients", "show"}, {"clients", "--help"}}) {
    EXPECT_THAT(Run(words), HasSubstr("CallForHelp")) << ::testing::PrintToString(words);
  }
  EXPECT_THAT(Run({"help", "client"}), HasSubstr("did you mean `program clients`?"));
}

TEST(NearestWordTest, TakesWhatIsNearAndNothingElse) {
  const std::vector<std::string> words = {"clients", "connections", "list", "completion"};
  EXPECT_EQ(NearestWord("client", words), "clients");
  EXPECT_EQ(NearestWord("clietns", words), "clients");
  EXPECT_EQ(NearestWord("conn", words), "connections");
  EXPECT_EQ(NearestWord("lits", words), "list");
  EXPECT_EQ(NearestWord("", words), "");
  EXPECT_EQ(NearestWord("xyz", words), "");
}

}  // namespace
}  // namespace cimd::command_line
