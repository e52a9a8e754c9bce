#include "server/telemetry/exposition.h"

#include <exception>
#include <limits>

#include "absl/status/status.h"
#include "prometheus/client_metric.h"

namespace cimd::telemetry {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr MetricType TypeOf(const Counter*) { return MetricType::Counter; }
constexpr MetricType TypeOf(const DurationHistogram*) { return MetricType::Histogram; }

void Fill(const Counter& counter, ClientMetric& metric) { metric.counter.value = static_cast<double>(counter.Value()); }

void Fill(const DurationHistogram& histogram, ClientMetric& metric) {
  const DurationHistogram::State state = histogram.Read();
  metric.histogram.sample_count = static_cast<uint64_t>(state.count);
  metric.histogram.sample_sum = absl::ToDoubleSeconds(state.sum);
  uint64_t cumulative = 0;
  for (size_t i = 0; i < state.counts.size(); ++i) {
    cumulative += static_cast<uint64_t>(state.counts[i]);
    const bool is_last = i == histogram.upper_bounds().size();
    metric.histogram.bucket.push_back({cumulative, is_last ? std::numeric_limits<double>::infinity()
                                                           : absl::ToDoubleSeconds(histogram.upper_bounds()[i])});
  }
}

std::vector<ClientMetric::Label> LabelsOf(const prometheus::Labels& labels) {
  std::vector<ClientMetric::Label> result;
  for (const auto& [name, value] : labels) result.push_back({name, value});
  return result;
}

}  // namespace

template <typename Number>
std::vector<MetricFamily> ShardedFamily<Number>::Collect() const {
  MetricFamily family{name_, help_, TypeOf(static_cast<const Number*>(nullptr)), {}};
  const std::lock_guard lock(mutex_);
  if (series_.empty()) return {};
  for (const auto& [labels, number] : series_) {
    ClientMetric& metric = family.metric.emplace_back();
    metric.label = LabelsOf(labels);
    Fill(*number, metric);
  }
  return {std::move(family)};
}

template class ShardedFamily<Counter>;
template class ShardedFamily<DurationHistogram>;

std::shared_ptr<CounterFamily> MakeCounters(const std::string& name, const std::string& help) {
  return std::make_shared<CounterFamily>(name, help, [] { return std::make_unique<Counter>(); });
}

std::shared_ptr<DurationFamily> MakeDurations(const std::string& name, const std::string& help,
                                              absl::Span<const absl::Duration> upper_bounds) {
  return std::make_shared<DurationFamily>(
      name, help, [bounds = std::vector<absl::Duration>(upper_bounds.begin(), upper_bounds.end())] {
        return std::make_unique<DurationHistogram>(bounds);
      });
}

MetricFamily MakeFamily(const std::string& name, const std::string& help, MetricType type,
                        const std::vector<std::pair<prometheus::Labels, double>>& values) {
  MetricFamily family{name, help, type, {}};
  for (const auto& [labels, value] : values) {
    ClientMetric& metric = family.metric.emplace_back();
    metric.label = LabelsOf(labels);
    (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  }
  return family;
}

absl::StatusOr<int> Exposition::Serve(const std::string& address) {
  // The library throws when a port cannot be bound. No exception leaves this function.
  try {
    exposer_ = std::make_unique<prometheus::Exposer>(address, /*num_threads=*/1);
  } catch (const std::exception& error) {
    return absl::UnavailableError("cannot serve metrics on " + address + ": " + error.what());
  }
  exposer_->RegisterCollectable(registry_);
  for (const auto& collectable : collectables_) exposer_->RegisterCollectable(collectable);
  return exposer_->GetListeningPorts().front();
}

}  // namespace cimd::telemetry
