#include <sys/utsname.h>
#include <unistd.h>

#include <cmath>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "fmt/format.h"
#include "google/protobuf/stubs/common.h"
#include "grpcpp/grpcpp.h"
#include "rocksdb/version.h"
#include "tests/bench/publication.h"
#include "tests/testing/child_process.h"

namespace cimd::bench {
namespace {

// The first word with a digit after a dot that a program says of itself; empty when it is not there.
std::string VersionOf(const std::string& program, const std::string& flag) {
  const testing::Finished finished = testing::RunToEnd({"/usr/bin/env", program, flag});
  const std::string said = finished.out + finished.err;
  const size_t dot = said.find('.');
  if (finished.exit_status == 127 || dot == std::string::npos) return {};
  const size_t begin = said.find_last_not_of("0123456789", dot - 1) + 1;
  return said.substr(begin, said.find_first_not_of("0123456789.", begin) - begin);
}

}  // namespace

std::string MachineText() {
  utsname system = {};
  uname(&system);
  const std::string release = system.release;
  const double gigabytes =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e9;
  std::string text = fmt::format(
      "{}, {} cores, {:.0f} GB, Linux {}; gRPC {}, Protobuf {}, RocksDB {}.{}.{}",
      absl::FormatTime("%Y-%m-%d", absl::Now(), absl::UTCTimeZone()), sysconf(_SC_NPROCESSORS_ONLN),
      std::round(gigabytes), release.substr(0, release.find('-')), grpc::Version(),
      google::protobuf::internal::VersionString(GOOGLE_PROTOBUF_VERSION), ROCKSDB_MAJOR, ROCKSDB_MINOR, ROCKSDB_PATCH);
  for (const std::vector<std::string>& program :
       {std::vector<std::string>{"etcd", "--version"}, {"nginx", "-v"}, {"node", "--version"}}) {
    const std::string version = VersionOf(program[0], program[1]);
    if (!version.empty()) text += fmt::format(", {} {}", program[0], version);
  }
  return text;
}

}  // namespace cimd::bench
