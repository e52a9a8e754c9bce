#ifndef CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_BUDGET_H_
#define CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_BUDGET_H_

#include <list>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"

namespace cimd::gateway {

// Limits the connections, in total and for each address, so that one host cannot use up the places of all others. When
// a limit is reached, the connection that has been idle longest is evicted: of the same address when that address is at
// its limit, otherwise of all. Connections that are not idle are never evicted. Thread-safe; outlives its places.
class ConnectionBudget {
 public:
  ConnectionBudget(int max_connections, int max_per_address);

  // The place of one connection; freed by the destructor.
  class Place {
   public:
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    // Sets what to call, at most once and on any thread, when the connection is evicted. The connection no longer
    // counts then, and should close when it has no answer left to send. Must not block or use the budget. Set before
    // the first SetIdle.
    void OnEvicted(absl::AnyInvocable<void()> evict);
    // A connection is idle while no byte of a request has arrived since the last answer. It starts as not idle.
    void SetIdle(bool idle);

   private:
    friend class ConnectionBudget;
    using List = std::list<Place*>;
    Place(ConnectionBudget& budget, std::string address) : budget_(budget), address_(std::move(address)) {}

    ConnectionBudget& budget_;
    const std::string address_;
    // Guarded by budget_.mu_.
    absl::AnyInvocable<void()> evict_;
    bool idle_ = false;
    bool evicted_ = false;
    List::iterator in_all_;
    List::iterator in_address_;
  };

  // A place for a connection from `address` (any text; compared only). Null when a limit is reached and no connection
  // can be evicted.
  std::unique_ptr<Place> Enter(const std::string& address);

 private:
  struct Address {
    int connections = 0;
    Place::List idle;  // longest first
  };

  void EvictFirst(Place::List& idle) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void StopIdling(Place& place) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void GiveBack(const Place& place) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const int max_connections_;
  const int max_per_address_;
  absl::Mutex mu_;
  int connections_ ABSL_GUARDED_BY(mu_) = 0;
  Place::List idle_ ABSL_GUARDED_BY(mu_);  // longest first
  absl::flat_hash_map<std::string, Address> by_address_ ABSL_GUARDED_BY(mu_);
};

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_BUDGET_H_
