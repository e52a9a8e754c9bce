#include "server/command_line/man_page.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cimd::command_line {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(ManPageTest, HasEveryOptionWithWhatHoldsForIt) {
  CLI::App app("Serves. .Quickly", "cimd-server");
  std::string value = "a-b";
  app.add_option("--data_dir", value, "Directory\n.with dots\\")
      ->required()
      ->envname("DATA_DIR")
      ->capture_default_str();
  app.add_option("--hidden", value, "Hidden")->group("");
  const std::string page =
      ManPage(app, {.section = 8, .version = "1.2.3", .sections = {{"FILES", "'quoted"}}, .see_also = {"cimdctl(1)"}});
  EXPECT_THAT(
      page, StartsWith(".TH CIMD\\-SERVER 8 \"\" \"cimd 1.2.3\" \"CIMD control plane\"\n.SH NAME\ncimd\\-server \\- "));
  EXPECT_THAT(page, AllOf(HasSubstr("\\fB\\-\\-data_dir\\fR TEXT"), HasSubstr("Directory\n.PP\n\\&.with dots\\e\n"),
                          HasSubstr("(required; default: a\\-b; environment: DATA_DIR)\n"),
                          HasSubstr(".SH \"FILES\"\n\\&'quoted\n"), HasSubstr(".SH SEE ALSO\ncimdctl(1)\n")));
  EXPECT_THAT(page, Not(HasSubstr("hidden")));
}

TEST(ManPageTest, HasEachCommandInFullOrByName) {
  CLI::App app("Does things.", "program");
  std::string value;
  CLI::App* noun = app.add_subcommand("noun", "A noun")->require_subcommand(1);
  CLI::App* verb = noun->add_subcommand("verb", "A verb");
  verb->add_option("thing", value, "What to do it to")->required();
  verb->add_option("--how", value, "How to do it");
  app.add_subcommand("status", "Shows how things are");
  app.add_subcommand("secret", "Hidden")->group("");
  EXPECT_EQ(ManPageName(*noun), "program-noun");
  EXPECT_THAT(ManPage(app, {}), AllOf(HasSubstr(".TP\n\\fBnoun\\fR\nA noun\n"), HasSubstr(".SS status\n"),
                                      Not(HasSubstr("verb")), Not(HasSubstr("secret"))));
  EXPECT_THAT(ManPage(*noun, {}), AllOf(HasSubstr(".TH PROGRAM\\-NOUN 1 "),
                                        HasSubstr(".SS verb\n\\fBprogram noun verb\\fR [OPTIONS] \\fIthing\\fR\n"),
                                        HasSubstr("\\fB\\-\\-how\\fR")));
}

TEST(ManPageTest, AFlagPrintsIt) {
  CLI::App app("Serves.", "program");
  std::string value;
  app.add_option("--needed", value, "Needed")->required();
  AddManPageFlag(app, {.version = "1.2.3"});
  const char* words[] = {"program", "--man_page"};
  try {
    app.parse(2, words);
    FAIL() << "the program goes on";
  } catch (const CLI::ParseError& end) {
    EXPECT_EQ(end.get_exit_code(), 0);
    EXPECT_THAT(end.what(), StartsWith(".TH PROGRAM"));
  }
}

}  // namespace
}  // namespace cimd::command_line
