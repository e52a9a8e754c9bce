#ifndef CIMD_TESTS_BENCH_SEED_H_
#define CIMD_TESTS_BENCH_SEED_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace cimd::bench {

// The client identifier URL of client number `n`.
std::string ClientUrl(uint64_t n);

// The resource name of client number `n` > 0.
std::string CopyName(uint64_t n);

// A document for a URL, of the size that real ones have.
std::string ClientDocument(const std::string& url);

// Fills the store of a server that is not running with clients 1 to `clients` - 1 of the tenant "default", each a copy
// of client 0, which the server has registered: the same records that as many registrations would have left, but for
// the audit events. Several threads write, and every commit is durable.
absl::Status CopyClients(const std::string& data_dir, uint64_t clients);

// What registering client 0 wrote: so many keys, and bytes of keys and values together; for a server that is not
// running and has only just registered it.
struct Registration {
  int keys = 0;
  int64_t bytes = 0;
};
absl::StatusOr<Registration> ReadRegistration(const std::string& data_dir);

// Bytes of the client records of the tenant "default", and the seconds that one walk over them took; for a server that
// is not running.
struct Walk {
  int64_t bytes = 0;
  int64_t records = 0;
  double seconds = 0;
};
absl::Status WalkClients(const std::string& data_dir, Walk& walk);

}  // namespace cimd::bench

#endif  // CIMD_TESTS_BENCH_SEED_H_
