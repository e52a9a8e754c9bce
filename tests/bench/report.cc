#include "tests/bench/report.h"

#include <cstdio>
#include <fstream>
#include <utility>

#include "nlohmann/json.hpp"
#include "tests/bench/publication.h"

namespace cimd::bench {

void Report::Add(Row row) {
  std::printf("%-62s %8s  goal %-8s %s  %s\n", row.what.c_str(), RatioText(row).c_str(), GoalText(row).c_str(),
              row.met() ? "met   " : "MISSED", row.figures.c_str());
  std::fflush(stdout);
  rows_.push_back(std::move(row));
}

void Report::Skip(std::string why) {
  std::printf("SKIPPED: %s\n", why.c_str());
  skipped_ = std::move(why);
}

bool Report::Write(const std::string& results, std::string_view part) const {
  nlohmann::ordered_json kept = {{"part", part}, {"skipped", skipped_}, {"rows", nlohmann::ordered_json::array()}};
  for (const Row& row : rows_) {
    kept["rows"].push_back({{"what", row.what},
                            {"beside", row.beside},
                            {"ratio", row.ratio},
                            {"goal", row.goal},
                            {"more_is_better", row.more_is_better},
                            {"met", row.met()},
                            {"headline", row.headline},
                            {"figures", row.figures}});
  }
  return WriteFile(PartFile(results, part), kept.dump(2) + "\n");
}

}  // namespace cimd::bench
