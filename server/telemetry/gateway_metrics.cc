#include "server/telemetry/gateway_metrics.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "prometheus/gauge.h"
#include "prometheus/registry.h"
#include "server/telemetry/exposition.h"
#include "server/telemetry/metric_names.h"

namespace cimd::telemetry {
namespace {

constexpr absl::Duration kRequestBounds[] = {
    absl::Microseconds(250),  absl::Microseconds(500), absl::Milliseconds(1),   absl::Microseconds(2500),
    absl::Milliseconds(5),    absl::Milliseconds(10),  absl::Milliseconds(25),  absl::Milliseconds(50),
    absl::Milliseconds(100),  absl::Milliseconds(250), absl::Milliseconds(500), absl::Seconds(1),
    absl::Milliseconds(2500), absl::Seconds(5),        absl::Seconds(10),       absl::Seconds(15)};

// A gauge whose value is a counter that can also decrease.
class UnderWay final : public prometheus::Collectable {
 public:
  Counter& requests() { return requests_; }
  std::vector<prometheus::MetricFamily> Collect() const override {
    return {MakeFamily(kGatewayRequestsUnderWay, "Requests that wait for their answer.", prometheus::MetricType::Gauge,
                       {{{}, static_cast<double>(requests_.Value())}})};
  }

 private:
  Counter requests_;
};

}  // namespace

struct GatewayMetrics::Families {
  Families() {
    exposition.Add(requests);
    exposition.Add(seconds);
    exposition.Add(under_way);
    exposition.Add(refused);
    exposition.Add(calls);
  }

  Exposition exposition;
  const std::shared_ptr<CounterFamily> requests = MakeCounters(kGatewayRequests, "Requests that were answered.");
  const std::shared_ptr<DurationFamily> seconds =
      MakeDurations(kGatewayRequestSeconds, "Seconds from a request to its answer.", kRequestBounds);
  const std::shared_ptr<UnderWay> under_way = std::make_shared<UnderWay>();
  const std::shared_ptr<CounterFamily> refused =
      MakeCounters(kGatewayRefused, "What was refused before it was a request.");
  const std::shared_ptr<CounterFamily> calls = MakeCounters(kGatewayCalls, "Calls of the server by outcome.");
  std::mutex mutex;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<RouteRequests>> routes;
};

GatewayMetrics::GatewayMetrics() : families_(std::make_unique<Families>()) {
  prometheus::BuildGauge()
      .Name(kGatewayBuildInfo)
      .Help("What is running; always 1.")
      .Register(families_->exposition.registry())
      .Add({{"version", CIMD_VERSION}})
      .Set(1);
}

GatewayMetrics::~GatewayMetrics() = default;

GatewayMetrics::RouteRequests::RouteRequests(GatewayMetrics& metrics, std::string_view method, std::string_view route)
    : under_way_(metrics.families_->under_way->requests()),
      seconds_(metrics.families_->seconds->Get({{"method", std::string(method)}, {"route", std::string(route)}})) {
  for (size_t i = 0; i < by_class_.size(); ++i) {
    by_class_[i] = &metrics.families_->requests->Get(
        {{"method", std::string(method)}, {"route", std::string(route)}, {"status", std::to_string(i + 1) + "xx"}});
  }
}

void GatewayMetrics::RouteRequests::End(int status, absl::Duration duration) {
  under_way_.Add(-1);
  if (status < 100 || status > 599) return;
  by_class_[static_cast<size_t>(status / 100 - 1)]->Add();
  seconds_.Observe(duration);
}

GatewayMetrics::RouteRequests& GatewayMetrics::ForRoute(std::string_view method, std::string_view route) {
  const std::lock_guard lock(families_->mutex);
  std::unique_ptr<RouteRequests>& requests = families_->routes[{std::string(method), std::string(route)}];
  if (requests == nullptr) requests.reset(new RouteRequests(*this, method, route));
  return *requests;
}

void GatewayMetrics::CountRefused(int status) { families_->refused->Get({{"status", std::to_string(status)}}).Add(); }

void GatewayMetrics::CountCall(std::string_view method, std::string_view code) {
  families_->calls->Get({{"method", std::string(method)}, {"code", std::string(code)}}).Add();
}

absl::StatusOr<int> GatewayMetrics::Serve(const std::string& address) { return families_->exposition.Serve(address); }

}  // namespace cimd::telemetry
