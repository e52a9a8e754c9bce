#ifndef CIMD_TESTS_TESTING_HTTP2_ATTACKS_H_
#define CIMD_TESTS_TESTING_HTTP2_ATTACKS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace cimd::testing {

// What an attack sends over one connection, without a token, to make an HTTP/2 server use memory.
enum class Attack {
  // One gRPC request that is 1000 times as large as what is sent, by gzip.
  kCompressedRequest,
  // Streams that are opened and reset at once (CVE-2023-44487).
  kRapidReset,
  // Streams that are opened and left open, by a peer that never acknowledges the limit of SETTINGS (CVE-2023-33953).
  kIgnoredStreamLimit,
  // A header block of ever more fields, whose CONTINUATION frames never end (CVE-2024-27316).
  kEndlessHeaders,
  // A header block with one field that never ends (CVE-2023-33953).
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
  // Whether the server ended the connection or took no more bytes before the limits were reached.
  bool stopped = false;
  uint64_t sent_bytes = 0;
  // How many streams were opened.
  int64_t streams = 0;
};

// All attacks with the names that `http2_attack` takes.
struct NamedAttack {
  std::string_view name;
  Attack attack;
};
const std::vector<NamedAttack>& Attacks();

// Attacks `target` until the server stops it or one of the limits is reached. An error if the target cannot be reached.
absl::StatusOr<AttackResult> RunAttack(Attack attack, const AttackTarget& target, const AttackLimits& limits = {});

}  // namespace cimd::testing

#endif  // CIMD_TESTS_TESTING_HTTP2_ATTACKS_H_
