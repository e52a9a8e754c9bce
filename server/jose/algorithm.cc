#include "server/jose/algorithm.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "absl/types/span.h"

namespace cimd::jose {
namespace {

// The names of the enum's values, in their order; the last one is the second name of kEd25519.
constexpr std::array<std::string_view, kAlgorithmCount + 1> kNames = {
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"};

}  // namespace

std::optional<Algorithm> ParseAlgorithm(std::string_view name) {
  for (size_t i = 0; i < kAlgorithmCount; ++i) {
    if (name == kNames[i]) return static_cast<Algorithm>(i);
  }
  if (name == kNames.back()) return Algorithm::kEd25519;
  return std::nullopt;
}

std::string_view AlgorithmName(Algorithm algorithm) { return kNames[static_cast<size_t>(algorithm)]; }

KeyType KeyTypeFor(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kEs256:
      return KeyType::kEcP256;
    case Algorithm::kEs384:
      return KeyType::kEcP384;
    case Algorithm::kEs512:
      return KeyType::kEcP521;
    case Algorithm::kEd25519:
      return KeyType::kEd25519;
    default:
      return KeyType::kRsa;
  }
}

absl::Span<const std::string_view> SupportedAlgorithmNames() { return kNames; }

}  // namespace cimd::jose
