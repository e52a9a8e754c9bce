#ifndef CIMD_SERVER_TELEMETRY_EXPOSITION_H_
#define CIMD_SERVER_TELEMETRY_EXPOSITION_H_

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "prometheus/collectable.h"
#include "prometheus/exposer.h"
#include "prometheus/labels.h"
#include "prometheus/metric_family.h"
#include "prometheus/registry.h"
#include "server/telemetry/sharded.h"

// Exposes metrics to Prometheus. Only this folder uses prometheus-cpp.
namespace cimd::telemetry {

// A metric whose series are sharded numbers, because the library's histograms take a lock. The first Get creates a
// series; series are never removed. Thread-safe.
template <typename Number>
class ShardedFamily final : public prometheus::Collectable {
 public:
  using Make = std::function<std::unique_ptr<Number>()>;
  ShardedFamily(std::string name, std::string help, Make make)
      : name_(std::move(name)), help_(std::move(help)), make_(std::move(make)) {}

  // The series with these labels, valid as long as the family.
  Number& Get(const prometheus::Labels& labels) {
    const std::lock_guard lock(mutex_);
    std::unique_ptr<Number>& number = series_[labels];
    if (number == nullptr) number = make_();
    return *number;
  }

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::string name_;
  const std::string help_;
  const Make make_;
  mutable std::mutex mutex_;
  std::map<prometheus::Labels, std::unique_ptr<Number>> series_;
};

using CounterFamily = ShardedFamily<Counter>;
using DurationFamily = ShardedFamily<DurationHistogram>;

std::shared_ptr<CounterFamily> MakeCounters(const std::string& name, const std::string& help);
std::shared_ptr<DurationFamily> MakeDurations(const std::string& name, const std::string& help,
                                              absl::Span<const absl::Duration> upper_bounds);

// A metric with one current value for each set of labels.
prometheus::MetricFamily MakeFamily(const std::string& name, const std::string& help, prometheus::MetricType type,
                                    const std::vector<std::pair<prometheus::Labels, double>>& values);

// Serves a program's metrics on a port of its own.
class Exposition {
 public:
  // For metrics that are not updated on the hot path.
  prometheus::Registry& registry() { return *registry_; }

  // Adds a metric. Must be called before Serve.
  void Add(std::shared_ptr<prometheus::Collectable> collectable) { collectables_.push_back(std::move(collectable)); }

  // Serves /metrics over HTTP on "host:port" for as long as this lives; port 0 picks a free one. Returns the port.
  absl::StatusOr<int> Serve(const std::string& address);

 private:
  const std::shared_ptr<prometheus::Registry> registry_ = std::make_shared<prometheus::Registry>();
  std::vector<std::shared_ptr<prometheus::Collectable>> collectables_;
  // The last member, so that serving stops before the metrics are destroyed.
  std::unique_ptr<prometheus::Exposer> exposer_;
};

}  // namespace cimd::telemetry

#endif  // CIMD_SERVER_TELEMETRY_EXPOSITION_H_
