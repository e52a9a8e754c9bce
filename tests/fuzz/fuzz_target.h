#ifndef CIMD_TESTS_FUZZ_FUZZ_TARGET_H_
#define CIMD_TESTS_FUZZ_FUZZ_TARGET_H_

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

// Included by every fuzz target. Each *_fuzzer.cc defines FuzzOne, which passes the bytes to the code under test and
// checks what the code's header promises for every input.
namespace cimd::fuzz {

void FuzzOne(std::string_view input);

// Ends the process if `promise` is false. The driver (libFuzzer or replay_main.cc) then reports the input.
inline void Require(bool promise, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  if (promise) return;
  std::fprintf(stderr, "%s:%d: a promise is broken\n", file, line);
  std::abort();
}

// Splits `input` at the first `delimiter`. The second part is empty if there is no delimiter.
inline std::pair<std::string_view, std::string_view> SplitAt(std::string_view input, char delimiter) {
  const size_t at = input.find(delimiter);
  if (at == std::string_view::npos) return {input, {}};
  return {input.substr(0, at), input.substr(at + 1)};
}

}  // namespace cimd::fuzz

#endif  // CIMD_TESTS_FUZZ_FUZZ_TARGET_H_
