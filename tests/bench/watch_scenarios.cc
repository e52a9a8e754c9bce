#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "fmt/format.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/support/proto_buffer_reader.h"
#include "tests/bench/scenarios.h"
#include "tests/bench/seed.h"

namespace cimd::bench {
namespace {

constexpr int kStreams = 1000;
constexpr double kWritesPerSecond = 500;
// The setting of a client that says when it was written.
constexpr char kWritten[] = "written";

// Changes in a message, without looking into them.
int64_t CountChanges(grpc::ByteBuffer& message) {
  using google::protobuf::internal::WireFormatLite;
  constexpr uint32_t kChanges =
      WireFormatLite::MakeTag(v1::WatchClientsResponse::kChangesFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  grpc::ProtoBufferReader bytes(&message);
  google::protobuf::io::CodedInputStream input(&bytes);
  int64_t changes = 0;
  for (uint32_t tag; (tag = input.ReadTag()) != 0;) {
    changes += tag == kChanges ? 1 : 0;
    if (!WireFormatLite::SkipField(&input, tag)) break;
  }
  return changes;
}

// One stream of changes, read as fast as they come. It counts them; one in 32 streams also looks when they were
// written.
class Reader final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  Reader(const std::shared_ptr<grpc::Channel>& channel, const std::string& token, bool looks)
      : stub_(channel), looks_(looks) {
    context_.AddMetadata("authorization", "Bearer " + token);
    v1::WatchClientsRequest request;
    request.set_parent(kParent);
    const grpc::Slice bytes(request.SerializeAsString());
    request_ = grpc::ByteBuffer(&bytes, 1);
    stub_.PrepareBidiStreamingCall(&context_, "/cimd.v1.RegistrationService/WatchClients", grpc::StubOptions(), this);
    StartWriteLast(&request_, grpc::WriteOptions());
    StartRead(&message_);
    StartCall();
  }

  ~Reader() override { End(); }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    // The first message is a checkpoint: the stream has caught up.
    opened_ = true;
    if (looks_) Look();
    changes_.fetch_add(CountChanges(message_), std::memory_order_relaxed);
    messages_.fetch_add(1, std::memory_order_relaxed);
    StartRead(&message_);
  }

  void OnDone(const grpc::Status& status) override {
    absl::MutexLock lock(&mutex_);
    done_ = true;
    status_ = status;
  }

  bool opened() const { return opened_; }
  int64_t changes() const { return changes_.load(std::memory_order_relaxed); }
  // Checkpoints included.
  int64_t messages() const { return messages_.load(std::memory_order_relaxed); }

  // Ends the stream, and says what had ended it before. What it has measured may be read from then on.
  grpc::Status End() {
    context_.TryCancel();
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&done_));
    return status_;
  }
  const Histogram& lag() const { return lag_; }

 private:
  void Look() {
    const absl::Time now = absl::Now();
    v1::WatchClientsResponse response;
    grpc::ByteBuffer copy(message_);
    grpc::ProtoBufferReader bytes(&copy);
    if (!response.ParseFromZeroCopyStream(&bytes)) return;
    for (const v1::ClientChange& change : response.changes()) {
      const auto& settings = change.client().settings().client_metadata();
      const auto written = settings.find(kWritten);
      int64_t nanos = 0;
      if (written == settings.end() || !absl::SimpleAtoi(written->second, &nanos)) continue;
      lag_.Record(now - absl::FromUnixNanos(nanos));
    }
  }

  grpc::GenericStub stub_;
  const bool looks_;
  grpc::ClientContext context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer message_;
  std::atomic<bool> opened_ = false;
  std::atomic<int64_t> changes_ = 0;
  std::atomic<int64_t> messages_ = 0;
  Histogram lag_;
  absl::Mutex mutex_;
  bool done_ = false;
  grpc::Status status_;
};

// What this process has used.
absl::Duration OwnCpuTime() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return absl::DurationFromTimeval(usage.ru_utime) + absl::DurationFromTimeval(usage.ru_stime);
}

template <typename Condition>
void WaitFor(Condition condition, absl::Duration limit) {
  for (const absl::Time end = absl::Now() + limit; !condition() && absl::Now() < end;)
    absl::SleepFor(absl::Milliseconds(10));
}

}  // namespace

void MeasureWatches(const Plan& plan, Report& report) {
  Setting setting(plan.work, plan.bench_server, plan.clients);
  std::vector<std::unique_ptr<Reader>> readers;
  for (int i = 0; i < kStreams; ++i) {
    readers.push_back(std::make_unique<Reader>(setting.channels[static_cast<size_t>(i) % setting.channels.size()],
                                               setting.token,
                                               /*looks=*/i % 32 == 0));
  }
  auto all_opened = [&] {
    return std::all_of(readers.begin(), readers.end(), [](const auto& reader) { return reader->opened(); });
  };
  WaitFor(all_opened, absl::Seconds(30));
  Require(all_opened(), "some streams did not open");

  const Begin updates = Unary<v1::UpdateClientRequest, v1::Client>(
      setting.channels, "/cimd.v1.RegistrationService/UpdateClient",
      [](uint64_t n, v1::UpdateClientRequest& request) {
        // Many, so that updates do not meet in one.
        request.mutable_client()->set_name(CopyName(1 + n % 1000));
        (*request.mutable_client()->mutable_settings()->mutable_client_metadata())[kWritten] =
            std::to_string(absl::GetCurrentTimeNanos());
        request.mutable_update_mask()->add_paths("settings.client_metadata");
      },
      [](const v1::Client&) { return true; }, setting.token);
  const absl::Time begin = absl::Now();
  const absl::Duration server_cpu = setting.CpuTime();
  const absl::Duration own_cpu = OwnCpuTime();
  const Load written = Run({.in_flight = 64, .duration = plan.slice * 3, .per_second = kWritesPerSecond}, updates);
  Require(written.failed == 0, written.first_failure);
  const int64_t commits = written.latency.count();
  const int64_t expected = commits * kStreams;
  auto delivered = [&] {
    int64_t sum = 0;
    for (const auto& reader : readers) sum += reader->changes();
    return sum;
  };
  const absl::Time end_of_writes = absl::Now();
  WaitFor([&] { return delivered() >= expected; }, absl::Seconds(20));
  const absl::Duration rest = absl::Now() - end_of_writes;
  const absl::Duration took = absl::Now() - begin;
  const double server_cores = absl::FDivDuration(setting.CpuTime() - server_cpu, took);
  const double own_cores = absl::FDivDuration(OwnCpuTime() - own_cpu, took);
  int64_t messages = 0;
  for (const auto& reader : readers) messages += reader->messages();
  Histogram lag;
  int cut_off = 0;
  for (const auto& reader : readers) {
    if (reader->End().error_code() != grpc::StatusCode::CANCELLED) ++cut_off;
    lag.Merge(reader->lag());
  }
  const auto text = [](absl::Duration duration) {
    return absl::FormatDuration(absl::Trunc(duration, absl::Microseconds(100)));
  };
  const std::string figures = fmt::format(
      "{} commits, {:.0f} /s, to {} streams in {:.0f} messages a second each, {} cut off; lag from the request to its "
      "change p50 {}, p99 {}; the last came {} after the last commit; CPU: server {:.2f} cores, writers and readers "
      "{:.2f}, of {}",
      commits, written.per_second, kStreams, static_cast<double>(messages) / kStreams / absl::ToDoubleSeconds(took),
      cut_off, text(lag.Percentile(0.5)), text(lag.Percentile(0.99)), text(rest), server_cores, own_cores,
      std::thread::hardware_concurrency());
  report.Add({"WatchClients, 1,000 streams: changes delivered", "all of them",
              static_cast<double>(delivered()) / static_cast<double>(expected), 1, true, figures});
  report.Add({"WatchClients, 1,000 streams: p99 of the lag, seconds", "100 ms",
              absl::ToDoubleSeconds(lag.Percentile(0.99)), 0.1, false, figures});
}

}  // namespace cimd::bench
