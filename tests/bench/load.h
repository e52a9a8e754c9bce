#ifndef CIMD_TESTS_BENCH_LOAD_H_
#define CIMD_TESTS_BENCH_LOAD_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "grpcpp/support/status.h"
#include "tests/bench/histogram.h"

// The load driver: keeps calls in flight and measures how long they take.
namespace cimd::bench {

struct LoadOptions {
  // Closed loop: so many calls are under way at any time. Open loop: at most so many.
  int in_flight = 32;
  absl::Duration duration = absl::Seconds(2);
  // Open loop: calls begin at this many a second whatever becomes of them, and the time that a call has to wait for its
  // turn counts, so that a server that stalls is not asked less. 0: closed loop, a call begins when another ends.
  double per_second = 0;
  // CPU time that the measured process has used so far, as far as that is of interest.
  std::function<absl::Duration()> cpu_time = nullptr;
};

struct Load {
  double per_second = 0;
  // Of the measured process, for each call; zero when not asked for.
  absl::Duration cpu_time;
  Histogram latency;
  int64_t failed = 0;
  std::string first_failure;
};

using Done = std::function<void(const grpc::Status&)>;
// Begins call number `n`. `done` is called once, on any thread.
using Begin = std::function<void(uint64_t n, Done done)>;

double Median(std::vector<double> values);

// Runs `begin` under load, numbering calls from `first`. Returns when every call has ended.
Load Run(const LoadOptions& options, const Begin& begin, uint64_t first = 0);

// Two loads, measured in short slices by turns, so that what slows the machine slows both.
struct Compared {
  Load one;
  Load other;
  // Median over the pairs of slices of one's calls per second, divided by the other's.
  double throughput_ratio = 0;
  // One's 99th percentile divided by the other's.
  double p99_ratio = 0;
  // The other's median latency divided by one's.
  double median_speed_ratio = 0;
};
Compared Compare(const LoadOptions& slice, int pairs, const Begin& one, const Begin& other);

// Connections to one server.
using Channels = std::vector<std::shared_ptr<grpc::Channel>>;

// Calls of one method over several channels, taken in turns. `make` gives call number n's request, and `accept` says
// whether an answer is what was expected. Both as bytes: the driver shares the machine with what it measures, so it
// looks at one answer in 64, and lets go of the others as they came.
Begin Calls(const Channels& channels, std::string method, std::function<std::string(uint64_t n)> make,
            std::function<bool(const std::string& answer)> accept, std::string token);

// The same with messages. `method` as in "/cimd.v1.RegistrationService/LookupClient".
template <typename Request, typename Response>
Begin Unary(const Channels& channels, std::string method, std::function<void(uint64_t n, Request&)> fill,
            std::function<bool(const Response&)> accept, std::string token = {}) {
  return Calls(
      channels, std::move(method),
      [fill = std::move(fill)](uint64_t n) {
        Request request;
        fill(n, request);
        return request.SerializeAsString();
      },
      [accept = std::move(accept)](const std::string& answer) {
        Response response;
        return response.ParseFromString(answer) && accept(response);
      },
      std::move(token));
}

// One call, its answer as the bytes that came.
grpc::Status CallForBytes(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                          const std::string& request, const std::string& token, std::string& answer);

// A number in [0, count) for call n, spread evenly, and one spread as Zipf's law has it (the k-th most popular is asked
// for 1/k times as often as the first). The same n gives the same number.
uint64_t Uniform(uint64_t n, uint64_t count);
uint64_t Zipf(uint64_t n, uint64_t count);

}  // namespace cimd::bench

#endif  // CIMD_TESTS_BENCH_LOAD_H_
