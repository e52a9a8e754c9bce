#ifndef CIMD_TESTS_TESTING_HTTP2_ATTACKS_H_
#define CIMD_TESTS_TESTING_HTTP2_ATTACKS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace cimd::testing {

// Ways to make an HTTP/2 server use memory over one connection without an access token.
enum class Attack {
  // One gRPC request that gzip compresses to a thousandth of its size.
  kCompressedRequest,
  // Streams that the client opens and resets at once (CVE-2023-44487).
  kRapidReset,
  // Streams that stay open. The client never acknowledges the stream limit in SETTINGS (CVE-2023-33953).
  kIgnoredStreamLimit,
  // A header block with more and more fields, in CONTINUATION frames that never end (CVE-2024-27316).
  kEndlessHeaders,
  // A header block with a single field that never ends (CVE-2023-33953).
  kEndlessHeaderField,
};

struct AttackTarget {
  // "IPv4:port", "[IPv6]:port" or "unix:/path".
  std::string address;
  bool tls = false;
};

struct AttackLimits {
  uint64_t bytes = uint64_t{16} << 20;
  absl::Duration time = absl::Seconds(8);
};

struct AttackResult {
  // True if the server closed the connection or stopped reading before a limit was reached.
  bool stopped = false;
  uint64_t sent_bytes = 0;
  // Number of streams opened.
  int64_t streams = 0;
};

// Every attack with its name on the command line of `http2_attack`.
struct NamedAttack {
  std::string_view name;
  Attack attack;
};
const std::vector<NamedAttack>& Attacks();

// Attacks `target` until the server stops the attack or a limit is reached. Returns an error if the target cannot be
// reached.
absl::StatusOr<AttackResult> RunAttack(Attack attack, const AttackTarget& target, const AttackLimits& limits = {});

}  // namespace cimd::testing

#endif  // CIMD_TESTS_TESTING_HTTP2_ATTACKS_H_
