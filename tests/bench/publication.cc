#include "tests/bench/publication.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <utility>

#include "fmt/format.h"
#include "nlohmann/json.hpp"

namespace cimd::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kBegin[] = "<!-- measured -->\n";
constexpr char kEnd[] = "<!-- /measured -->";

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

Row RowOf(const Json& kept) {
  return {.what = kept["what"],
          .beside = kept["beside"],
          .ratio = kept["ratio"],
          .goal = kept["goal"],
          .more_is_better = kept["more_is_better"],
          .figures = kept["figures"],
          .headline = kept["headline"]};
}

std::string Table(const std::vector<Row>& rows) {
  std::string text = "| What | Beside | Ratio | Goal | Met | Figures |\n|---|---|---|---|---|---|\n";
  for (const Row& row : rows) {
    text += fmt::format("| {} | {} | {} | {} | {} | {} |\n", row.what, row.beside, RatioText(row), GoalText(row),
                        row.met() ? "yes" : "**no**", row.figures);
  }
  return text;
}

std::string Headlines(const std::vector<Row>& rows) {
  std::string text = "| What | Beside | Ratio | Goal |\n|---|---|---|---|\n";
  for (const Row& row : rows) {
    if (row.headline)
      text += fmt::format("| {} | {} | {} | {} |\n", row.what, row.beside, RatioText(row), GoalText(row));
  }
  return text;
}

bool PutBetweenMarks(const std::string& path, const std::string& text) {
  std::string content = ReadFile(path);
  const size_t begin = content.find(kBegin);
  const size_t end = content.find(kEnd);
  if (begin == std::string::npos || end == std::string::npos || end < begin) {
    std::fprintf(stderr, "%s has no place for what was measured\n", path.c_str());
    return false;
  }
  const size_t first = begin + sizeof(kBegin) - 1;
  return WriteFile(path, content.replace(first, end - first, text));
}

}  // namespace

std::string RatioText(const Row& row) {
  return row.ratio >= 100 ? fmt::format("{:.0f}", row.ratio) : fmt::format("{:.3g}", row.ratio);
}

std::string GoalText(const Row& row) { return fmt::format("{} {:g}", row.more_is_better ? "≥" : "≤", row.goal); }

std::string PartFile(const std::string& results, std::string_view part) {
  return fmt::format("{}/part-{}.json", results, part);
}

bool WriteFile(const std::string& path, const std::string& content) {
  std::ofstream file(path);
  file << content;
  file.close();
  if (!file) std::fprintf(stderr, "cannot write %s\n", path.c_str());
  return static_cast<bool>(file);
}

bool Publish(const std::string& results, const std::vector<std::string>& parts, const Publication& publication) {
  Json all = {{"machine", MachineText()}, {"rows", Json::array()}, {"not_measured", Json::object()}};
  std::vector<Row> rows;
  for (const std::string& part : parts) {
    const Json kept = Json::parse(ReadFile(PartFile(results, part)), nullptr, /*allow_exceptions=*/false);
    if (kept.is_discarded()) {
      all["not_measured"][part] = "it did not come to its end";
      continue;
    }
    if (const std::string why = kept["skipped"]; !why.empty()) all["not_measured"][part] = why;
    for (const Json& row : kept["rows"]) {
      rows.push_back(RowOf(row));
      all["rows"].push_back(row);
    }
  }
  std::string about = fmt::format("{}.\n\n", std::string(all["machine"]));
  std::string missing;
  for (const auto& [part, why] : all["not_measured"].items()) {
    missing += fmt::format("\nNot measured: {}: {}.\n", part, std::string(why));
  }
  const std::string table = about + Table(rows) + missing;
  const std::string plot = Plot(rows);
  return WriteFile(results + "/results.json", all.dump(2) + "\n") && WriteFile(results + "/results.md", table) &&
         WriteFile(results + "/results.svg", plot) &&
         (publication.table_file.empty() || PutBetweenMarks(publication.table_file, table)) &&
         (publication.headlines_file.empty() || PutBetweenMarks(publication.headlines_file, about + Headlines(rows))) &&
         (publication.plot_file.empty() || WriteFile(publication.plot_file, plot));
}

}  // namespace cimd::bench
