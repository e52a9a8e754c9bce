#include "server/gateway/http/http_server_budget.h"

#include <utility>

namespace cimd::gateway {

ConnectionBudget::ConnectionBudget(int max_connections, int max_per_address)
    : max_connections_(max_connections), max_per_address_(max_per_address) {}

std::unique_ptr<ConnectionBudget::Place> ConnectionBudget::Enter(const std::string& address) {
  absl::MutexLock lock(&mu_);
  if (const auto found = by_address_.find(address);
      found != by_address_.end() && found->second.connections >= max_per_address_) {
    if (found->second.idle.empty()) return nullptr;
    EvictFirst(found->second.idle);
  }
  if (connections_ >= max_connections_) {
    if (idle_.empty()) return nullptr;
    EvictFirst(idle_);
  }
  ++connections_;
  ++by_address_[address].connections;
  return std::unique_ptr<Place>(new Place(*this, address));
}

void ConnectionBudget::EvictFirst(Place::List& idle) {
  Place& place = *idle.front();
  StopIdling(place);
  place.evicted_ = true;
  if (place.evict_) place.evict_();
  GiveBack(place);
}

void ConnectionBudget::StopIdling(Place& place) {
  if (!place.idle_) return;
  place.idle_ = false;
  idle_.erase(place.in_all_);
  by_address_.at(place.address_).idle.erase(place.in_address_);
}

void ConnectionBudget::GiveBack(const Place& place) {
  --connections_;
  const auto address = by_address_.find(place.address_);
  if (--address->second.connections == 0) by_address_.erase(address);
}

ConnectionBudget::Place::~Place() {
  absl::MutexLock lock(&budget_.mu_);
  budget_.StopIdling(*this);
  if (!evicted_) budget_.GiveBack(*this);
}

void ConnectionBudget::Place::OnEvicted(absl::AnyInvocable<void()> evict) {
  absl::MutexLock lock(&budget_.mu_);
  evict_ = std::move(evict);
}

void ConnectionBudget::Place::SetIdle(bool idle) {
  absl::MutexLock lock(&budget_.mu_);
  if (idle == idle_ || evicted_) return;
  if (!idle) return budget_.StopIdling(*this);
  idle_ = true;
  in_all_ = budget_.idle_.insert(budget_.idle_.end(), this);
  Place::List& of_address = budget_.by_address_.at(address_).idle;
  in_address_ = of_address.insert(of_address.end(), this);
}

}  // namespace cimd::gateway
