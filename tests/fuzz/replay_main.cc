#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/fuzz/fuzz_target.h"

// Runs a fuzz target without a fuzzer on all files of the given folders, complete and truncated. Every test run does
// this. Fails if the folders are empty, so a renamed folder is noticed.
namespace {

// Number of lengths to which each input is truncated.
constexpr size_t kCuts = 64;

// Read by the signal handler.
char current_file[1024];

void NameTheInput(int signal) {
  std::fprintf(stderr, "while replaying %s\n", current_file);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void Replay(const std::filesystem::path& path) {
  std::snprintf(current_file, sizeof(current_file), "%s", path.c_str());
  std::ifstream file(path, std::ios::binary);
  const std::string input{std::istreambuf_iterator<char>(file), {}};
  // Copy exactly `cut` bytes so that the address sanitizer detects a read beyond the end.
  for (size_t cut = 0; cut <= kCuts; ++cut) {
    cimd::fuzz::FuzzOne(std::string(input, 0, input.size() * cut / kCuts));
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGABRT, NameTheInput);
  std::signal(SIGSEGV, NameTheInput);
  int count = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      if (!entry.is_regular_file()) continue;
      Replay(entry.path());
      ++count;
    }
  }
  std::printf("replayed %d inputs\n", count);
  return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
