#include "client/cli/text/table.h"

#include "gtest/gtest.h"

namespace cimd::cli {
namespace {

TEST(TableTest, AlignsColumns) {
  Table table({"ID", "NAME", "STATE"});
  table.AddRow({"1", "Grüße", "ACTIVE"});
  table.AddRow({"1000", "x", ""});
  table.AddRow({"2"});
  EXPECT_EQ(table.Render(),
            "ID    NAME   STATE\n"
            "1     Grüße  ACTIVE\n"
            "1000  x\n"
            "2\n");
}

TEST(TableTest, MakesCellsPrintable) {
  Table table;
  table.AddRow({"a\nb\x1b[2J", "c"});
  table.AddRow({"d", "e"});
  EXPECT_EQ(table.Render(),
            "a\\x0ab\\x1b[2J  c\n"
            "d              e\n");
}

TEST(TableTest, MayBeEmpty) { EXPECT_EQ(Table().Render(), ""); }

}  // namespace
}  // namespace cimd::cli
