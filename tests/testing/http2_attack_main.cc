// http2_attack ATTACK ADDRESS [--tls]: attacks an HTTP/2 server that you operate, to measure how the server reacts.
// Prints the number of streams opened, the number of bytes sent, and whether the server stopped the attack. Exit
// status: 0 if the server stopped the attack, 3 if it did not, 1 if the server cannot be reached, 2 for wrong
// arguments.
#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>

#include "tests/testing/http2_attacks.h"

int main(int argc, char** argv) {
  using cimd::testing::Attacks;
  const std::string_view name = argc > 1 ? argv[1] : "";
  const auto attack =
      std::find_if(Attacks().begin(), Attacks().end(), [&](const auto& each) { return each.name == name; });
  const bool tls = argc == 4 && std::string_view(argv[3]) == "--tls";
  if (attack == Attacks().end() || argc < 3 || (argc > 3 && !tls)) {
    std::fprintf(stderr, "usage: http2_attack ATTACK ADDRESS [--tls]\nattacks:\n");
    for (const auto& each : Attacks()) std::fprintf(stderr, "  %s\n", std::string(each.name).c_str());
    return 2;
  }
  const auto result = cimd::testing::RunAttack(attack->attack, {.address = argv[2], .tls = tls});
  if (!result.ok()) {
    std::fprintf(stderr, "http2_attack: %s\n", result.status().ToString().c_str());
    return 1;
  }
  std::printf("streams=%lld sent_bytes=%llu stopped=%s\n", static_cast<long long>(result->streams),
              static_cast<unsigned long long>(result->sent_bytes), result->stopped ? "yes" : "no");
  return result->stopped ? 0 : 3;
}
