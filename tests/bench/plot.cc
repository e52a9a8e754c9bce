#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "fmt/format.h"
#include "tests/bench/publication.h"

namespace cimd::bench {
namespace {

std::string Escaped(std::string_view text) {
  std::string escaped;
  for (char c : text) {
    if (c == '<') {
      escaped += "&lt;";
    } else if (c == '&') {
      escaped += "&amp;";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

}  // namespace

// A full bar has met its goal; twice the goal is as far as it goes.
std::string Plot(const std::vector<Row>& rows) {
  constexpr int kLine = 22;
  constexpr int kLabel = 420;
  constexpr int kGoalAt = 240;
  const int height = kLine * static_cast<int>(rows.size()) + 30;
  std::string svg = fmt::format(
      "<svg xmlns='http://www.w3.org/2000/svg' width='{}' height='{}' font-family='sans-serif' font-size='12'>\n"
      "<rect width='100%' height='100%' fill='white'/>\n",
      kLabel + 2 * kGoalAt + 70, height);
  int y = 8;
  for (const Row& row : rows) {
    const double share = row.more_is_better ? row.ratio / row.goal : row.goal / std::max(row.ratio, 1e-9);
    const int width = static_cast<int>(kGoalAt * std::clamp(share, 0.0, 2.0));
    svg += fmt::format("<text x='{}' y='{}' text-anchor='end'>{}</text>\n", kLabel - 8, y + 13, Escaped(row.what));
    svg += fmt::format("<rect x='{}' y='{}' width='{}' height='{}' fill='{}'/>\n", kLabel, y, width, kLine - 6,
                       row.met() ? "#2b8a3e" : "#c92a2a");
    svg += fmt::format("<text x='{}' y='{}'>{}</text>\n", kLabel + width + 6, y + 13, RatioText(row));
    y += kLine;
  }
  svg += fmt::format("<line x1='{0}' y1='0' x2='{0}' y2='{1}' stroke='#495057' stroke-dasharray='4'/>\n",
                     kLabel + kGoalAt, y);
  svg += fmt::format("<text x='{}' y='{}' text-anchor='middle'>goal</text>\n</svg>\n", kLabel + kGoalAt, y + 14);
  return svg;
}

}  // namespace cimd::bench
