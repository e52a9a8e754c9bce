#ifndef CIMD_TESTS_BENCH_PUBLICATION_H_
#define CIMD_TESTS_BENCH_PUBLICATION_H_

#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/report.h"

// How rows look, and where they are kept.
namespace cimd::bench {

// "0.93", "≥ 0.9"
std::string RatioText(const Row& row);
std::string GoalText(const Row& row);

// Where the rows of a part are kept until they are published.
std::string PartFile(const std::string& results, std::string_view part);

// False, with the reason on stderr, when it cannot.
bool WriteFile(const std::string& path, const std::string& content);

// Bars of each ratio as a share of its goal.
std::string Plot(const std::vector<Row>& rows);

// The machine and the programs that were measured, without a name: "2 cores, 24 GB, Linux 6.1; gRPC 1.51.1, ...".
std::string MachineText();

}  // namespace cimd::bench

#endif  // CIMD_TESTS_BENCH_PUBLICATION_H_
