#ifndef CIMD_SERVER_JOSE_ALGORITHM_H_
#define CIMD_SERVER_JOSE_ALGORITHM_H_

#include <cstddef>
#include <optional>
#include <string_view>

#include "absl/types/span.h"

namespace cimd::jose {

// The signature algorithms of RFC 7518 section 3, RFC 8037 and RFC 9864 that a client may sign with. The list is
// closed: "none" and the HMAC algorithms have no value here, so they cannot be selected.
enum class Algorithm { kRs256, kRs384, kRs512, kPs256, kPs384, kPs512, kEs256, kEs384, kEs512, kEd25519 };
inline constexpr size_t kAlgorithmCount = 10;

// The kind of key that an algorithm needs, including the curve: RFC 7518 ties each ES algorithm to one curve.
enum class KeyType { kRsa, kEcP256, kEcP384, kEcP521, kEd25519 };

// The algorithm with exactly this name; empty for any other name. `name` is an "alg" value and attacker-controlled.
// "EdDSA" and "Ed25519" both name kEd25519. "EdDSA" could also mean Ed448, which is not supported.
std::optional<Algorithm> ParseAlgorithm(std::string_view name);

std::string_view AlgorithmName(Algorithm algorithm);

KeyType KeyTypeFor(Algorithm algorithm);

// All names that ParseAlgorithm accepts.
absl::Span<const std::string_view> SupportedAlgorithmNames();

}  // namespace cimd::jose

#endif  // CIMD_SERVER_JOSE_ALGORITHM_H_
