#include "client/cli/text/progress.h"

#include <sstream>

#include "gtest/gtest.h"

namespace cimd::cli {
namespace {

TEST(ProgressLineTest, TellsHowFarAndHowLong) {
  EXPECT_EQ(ProgressLine(0, 8, absl::ZeroDuration()), "[..............................] 0/8   0%");
  EXPECT_EQ(ProgressLine(2, 8, absl::Seconds(3)), "[#######.......................] 2/8  25% ETA 9s");
  EXPECT_EQ(ProgressLine(8, 8, absl::Seconds(3)), "[##############################] 8/8 100%");
  EXPECT_EQ(ProgressLine(0, 0, absl::ZeroDuration()), "[##############################] 0/0 100%");
}

TEST(ProgressLineTest, SaysLongTimesInTwoUnits) {
  EXPECT_EQ(ProgressLine(1, 4, absl::Seconds(40)), "[#######.......................] 1/4  25% ETA 2m00s");
  EXPECT_EQ(ProgressLine(1, 4, absl::Minutes(61)), "[#######.......................] 1/4  25% ETA 3h03m");
  EXPECT_EQ(ProgressLine(1, 2, absl::Milliseconds(1)), "[###############...............] 1/2  50% ETA 1s");
}

TEST(ProgressTest, DrawsABarBelowTheLog) {
  std::ostringstream out;
  absl::Time now = absl::UnixEpoch();
  {
    Progress progress(out, /*is_terminal=*/true, 2, [&] { return now; });
    now += absl::Seconds(4);
    progress.Advance("");
    progress.Advance("failed x\n");
  }
  EXPECT_EQ(out.str(),
            "[..............................] 0/2   0%"
            "\r\x1b[K[###############...............] 1/2  50% ETA 4s"
            "\r\x1b[K"
            "failed x\n[##############################] 2/2 100%"
            "\r\x1b[K");
}

TEST(ProgressTest, LogsPlainLinesElsewhere) {
  std::ostringstream out;
  {
    Progress progress(out, /*is_terminal=*/false, 2, [] { return absl::UnixEpoch(); });
    progress.Advance("created a\n");
    progress.Advance("failed b\n");
  }
  EXPECT_EQ(out.str(), "created a\nfailed b\n");
}

}  // namespace
}  // namespace cimd::cli
