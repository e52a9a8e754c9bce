#ifndef CIMD_TESTS_BENCH_REPORT_H_
#define CIMD_TESTS_BENCH_REPORT_H_

#include <string>
#include <string_view>
#include <vector>

namespace cimd::bench {

// One figure beside its limit.
struct Row {
  // "LookupClient, uniform", "a constant of the same size"
  std::string what;
  std::string beside;
  // How the figure compares with its limit, and what was hoped for.
  double ratio = 0;
  double goal = 0;
  // Whether more is better; otherwise the ratio should stay under the goal.
  bool more_is_better = true;
  // The figures themselves: "52,000 /s and 58,000 /s; p99 1.2 ms and 1.1 ms".
  std::string figures;
  // Whether the README of the repository tells it.
  bool headline = false;

  bool met() const { return more_is_better ? ratio >= goal : ratio <= goal; }
};

// The rows of one part, printed as they come.
class Report {
 public:
  void Add(Row row);
  // Nothing can be measured here, and why.
  void Skip(std::string why);

  // Keeps the rows for Publish, in the directory of the results. False, with the reason on stderr, when it cannot.
  bool Write(const std::string& results, std::string_view part) const;

 private:
  std::vector<Row> rows_;
  std::string skipped_;
};

// Where the results of all parts go besides results.json, results.md and results.svg.
struct Publication {
  // Files in which the table, or its headlines, take the place of what stands between the lines
  // <!-- measured --> and <!-- /measured -->; empty for none.
  std::string table_file;
  std::string headlines_file;
  // A copy of the plot; empty for none.
  std::string plot_file;
};

// Puts the kept rows of the parts together, in this order. Says which parts are missing and which were skipped. False,
// with the reason on stderr, when a file cannot be written.
bool Publish(const std::string& results, const std::vector<std::string>& parts, const Publication& publication);

}  // namespace cimd::bench

#endif  // CIMD_TESTS_BENCH_REPORT_H_
