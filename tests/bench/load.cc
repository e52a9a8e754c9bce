#include "tests/bench/load.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/slice.h"

namespace cimd::bench {
namespace {

// What the calls of one run share.
class Loop {
 public:
  Loop(const LoadOptions& options, const Begin& begin, uint64_t first)
      : options_(options), begin_(begin), next_(first), free_(options.in_flight), slots_(options.in_flight) {
    for (auto& slot : slots_) slot = std::make_unique<Slot>();
  }

  Load Run() {
    const absl::Duration cpu_before = CpuTime();
    start_ = absl::Now();
    end_ = start_ + options_.duration;
    if (options_.per_second > 0) {
      BeginByTheClock();
    } else {
      for (auto& slot : slots_) {
        TakeOne();
        BeginNext(*slot, absl::Now());
      }
    }
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](Loop* loop) { return loop->free_ == loop->options_.in_flight; }, this));
    const absl::Duration taken = absl::Now() - start_;
    Load load;
    for (const auto& slot : slots_) load.latency.Merge(slot->latency);
    load.cpu_time = (CpuTime() - cpu_before) / std::max<int64_t>(1, load.latency.count());
    load.failed = failed_;
    load.first_failure = first_failure_;
    load.per_second = static_cast<double>(load.latency.count() - load.failed) / absl::ToDoubleSeconds(taken);
    return load;
  }

 private:
  // Holds one call at a time, so its histogram needs no lock.
  struct Slot {
    Histogram latency;
    bool busy = false;
  };

  absl::Duration CpuTime() const { return options_.cpu_time ? options_.cpu_time() : absl::ZeroDuration(); }

  void TakeOne() {
    absl::MutexLock lock(&mutex_);
    --free_;
  }

  // `due` is when the call should have begun.
  void BeginNext(Slot& slot, absl::Time due) {
    begin_(next_.fetch_add(1), [this, &slot, due](const grpc::Status& status) {
      const absl::Time now = absl::Now();
      slot.latency.Record(now - due);
      if (!status.ok()) {
        absl::MutexLock lock(&mutex_);
        if (failed_++ == 0) first_failure_ = status.error_message();
      }
      if (options_.per_second == 0 && now < end_) return BeginNext(slot, now);
      absl::MutexLock lock(&mutex_);
      slot.busy = false;
      ++free_;
    });
  }

  void BeginByTheClock() {
    const absl::Duration step = absl::Seconds(1 / options_.per_second);
    for (absl::Time due = start_; due < end_; due += step) {
      absl::SleepFor(due - absl::Now());
      BeginNext(TakeFreeSlot(), due);
    }
  }

  Slot& TakeFreeSlot() {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](Loop* loop) { return loop->free_ > 0; }, this));
    --free_;
    while (slots_[cursor_]->busy) cursor_ = (cursor_ + 1) % slots_.size();
    slots_[cursor_]->busy = true;
    return *slots_[cursor_];
  }

  const LoadOptions options_;
  const Begin& begin_;
  absl::Time start_;
  absl::Time end_;
  std::atomic<uint64_t> next_;
  absl::Mutex mutex_;
  int free_;
  size_t cursor_ = 0;
  std::vector<std::unique_ptr<Slot>> slots_;
  int64_t failed_ = 0;
  std::string first_failure_;
};

void Add(const Load& slice, Load& sum, int slices) {
  sum.per_second += slice.per_second / slices;
  sum.cpu_time += slice.cpu_time / slices;
  sum.latency.Merge(slice.latency);
  sum.failed += slice.failed;
  if (sum.first_failure.empty()) sum.first_failure = slice.first_failure;
}

std::string TextOf(const grpc::ByteBuffer& bytes) {
  std::vector<grpc::Slice> slices;
  std::string text;
  if (!bytes.Dump(&slices).ok()) return text;
  for (const grpc::Slice& slice : slices) text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return text;
}

// splitmix64: a good hash of a counter.
uint64_t Mix(uint64_t n) {
  n += 0x9e3779b97f4a7c15;
  n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9;
  n = (n ^ (n >> 27)) * 0x94d049bb133111eb;
  return n ^ (n >> 31);
}

}  // namespace

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<int64_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

Load Run(const LoadOptions& options, const Begin& begin, uint64_t first) { return Loop(options, begin, first).Run(); }

Compared Compare(const LoadOptions& slice, int pairs, const Begin& one, const Begin& other) {
  Compared compared;
  std::vector<double> ratios;
  for (int i = 0; i < pairs; ++i) {
    // Far apart, so that no call is made twice.
    const uint64_t first = static_cast<uint64_t>(i) << 32;
    // Each goes first in half of the pairs.
    const bool swap = i % 2 == 1;
    Load a = Run(slice, swap ? other : one, first);
    Load b = Run(slice, swap ? one : other, first);
    if (swap) std::swap(a, b);
    ratios.push_back(a.per_second / b.per_second);
    Add(a, compared.one, pairs);
    Add(b, compared.other, pairs);
  }
  compared.throughput_ratio = Median(std::move(ratios));
  compared.p99_ratio =
      absl::FDivDuration(compared.one.latency.Percentile(0.99), compared.other.latency.Percentile(0.99));
  compared.median_speed_ratio =
      absl::FDivDuration(compared.other.latency.Percentile(0.5), compared.one.latency.Percentile(0.5));
  return compared;
}

Begin Calls(const Channels& channels, std::string method, std::function<std::string(uint64_t)> make,
            std::function<bool(const std::string&)> accept, std::string token) {
  constexpr uint64_t kLookedAt = 64;
  struct Call {
    grpc::ClientContext context;
    grpc::ByteBuffer request;
    grpc::ByteBuffer answer;
  };
  auto stubs = std::make_shared<std::vector<grpc::GenericStub>>(channels.begin(), channels.end());
  const std::string authorization = token.empty() ? std::string() : "Bearer " + token;
  return [stubs, authorization, method = std::move(method), make = std::move(make), accept = std::move(accept)](
             uint64_t n, Done done) {
    auto* call = new Call;
    if (!authorization.empty()) call->context.AddMetadata("authorization", authorization);
    const grpc::Slice request(make(n));
    call->request = grpc::ByteBuffer(&request, 1);
    (*stubs)[n % stubs->size()].UnaryCall(&call->context, method, grpc::StubOptions(), &call->request, &call->answer,
                                          [call, n, &accept, done = std::move(done)](grpc::Status status) {
                                            if (status.ok() && n % kLookedAt == 0 && !accept(TextOf(call->answer))) {
                                              status = grpc::Status(grpc::StatusCode::DATA_LOSS,
                                                                    "the answer is not what was expected");
                                            }
                                            delete call;
                                            done(status);
                                          });
  };
}

grpc::Status CallForBytes(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                          const std::string& request, const std::string& token, std::string& answer) {
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + token);
  const grpc::Slice slice(request);
  const grpc::ByteBuffer request_bytes(&slice, 1);
  grpc::ByteBuffer answer_bytes;
  std::promise<grpc::Status> ended;
  grpc::GenericStub(channel).UnaryCall(&context, method, grpc::StubOptions(), &request_bytes, &answer_bytes,
                                       [&ended](const grpc::Status& status) { ended.set_value(status); });
  grpc::Status status = ended.get_future().get();
  if (status.ok()) answer = TextOf(answer_bytes);
  return status;
}

uint64_t Uniform(uint64_t n, uint64_t count) { return Mix(n) % count; }

uint64_t Zipf(uint64_t n, uint64_t count) {
  const double unit = static_cast<double>(Mix(n) >> 11) / static_cast<double>(uint64_t{1} << 53);
  const auto rank = static_cast<uint64_t>(std::exp(unit * std::log(static_cast<double>(count) + 1)));
  // Popular ones are not neighbours.
  return Mix(std::min(rank, count) - 1) % count;
}

}  // namespace cimd::bench
