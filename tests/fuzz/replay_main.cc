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

// Feeds a fuzz target the files of the folders in its arguments, whole and cut short, without a fuzzer: what every run
// of the tests does. Fails when the folders hold nothing, so that a renamed one is noticed.
namespace {

// Places at which an input is cut short.
constexpr size_t kCuts = 64;

// For the signal handler.
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
  // A copy of exactly that length, so that the address sanitizer sees a read beyond it.
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
