#ifndef CIMD_TESTS_FUZZ_FUZZ_TARGET_H_
#define CIMD_TESTS_FUZZ_FUZZ_TARGET_H_

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

// What a fuzz target includes. Each *_fuzzer.cc defines FuzzOne, which feeds bytes to the code under test and asks for
// what that code's header promises of every input, not only that it survives.
namespace cimd::fuzz {

void FuzzOne(std::string_view input);

// Ends the process unless `promise` holds; both drivers, libFuzzer's and replay_main.cc, then name the input.
inline void Require(bool promise, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  if (promise) return;
  std::fprintf(stderr, "%s:%d: a promise is broken\n", file, line);
  std::abort();
}

// `input` before and after the first `delimiter`; the second part is empty without one.
inline std::pair<std::string_view, std::string_view> SplitAt(std::string_view input, char delimiter) {
  const size_t at = input.find(delimiter);
  if (at == std::string_view::npos) return {input, {}};
  return {input.substr(0, at), input.substr(at + 1)};
}

}  // namespace cimd::fuzz

#endif  // CIMD_TESTS_FUZZ_FUZZ_TARGET_H_
