#ifndef CIMD_TESTS_INTEGRATION_MIXED_LOAD_H_
#define CIMD_TESTS_INTEGRATION_MIXED_LOAD_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "client/connection.h"

namespace cimd::testing {

// Records the changes that a server was asked to make and those that it has acknowledged. A thing ("client
// https://...", "grant ...") has a sequence of states, and no state while it does not exist. Thread-safe.
class Ledger {
 public:
  using State = std::optional<std::string>;
  using Changes = std::vector<std::pair<std::string, State>>;
  // For each thing, the index of the last state that was acknowledged.
  using Promises = std::map<std::string, size_t>;

  // Records a call that makes these changes together. Pass the result to Acknowledge when the call has succeeded.
  Promises Ask(const Changes& changes);
  void Acknowledge(const Promises& asked);

  // The states that are acknowledged now.
  Promises promises() const;

  // Compares the state that a server shows with the states that it may show. For each thing that is the state in
  // `promises` or a requested later one. A thing that was never requested is an error. Differences are test failures.
  void Compare(const std::map<std::string, std::string>& shown, const Promises& promises) const;

  // Takes the shown state as the outcome of all recorded calls.
  void Settle(const std::map<std::string, std::string>& shown);

 private:
  struct Thing {
    std::vector<State> states = {std::nullopt};
    size_t acknowledged = 0;
  };

  mutable std::mutex mutex_;
  std::map<std::string, Thing> things_;
};

// Writers that register, update, block, grant, connect and delete at random. Each writer has its own things and records
// acknowledged changes in the ledger. A writer ends with its first failed call.
class MixedLoad {
 public:
  // `name` must be unique among the loads on the same ledger. The names of the load's things contain it.
  MixedLoad(Ledger& ledger, const client::Connection& connection, const std::string& name, int writers, uint64_t seed);
  // Calls Stop.
  ~MixedLoad();

  // Waits until `calls` calls are acknowledged or all writers have ended.
  void AwaitAcknowledged(int64_t calls) const;
  int64_t acknowledged() const { return acknowledged_; }
  // Ends all writers. Returns the first error of each writer that had one.
  std::vector<absl::Status> Stop();

 private:
  const client::Connection& connection_;
  std::atomic<bool> stopping_ = false;
  std::atomic<int64_t> acknowledged_ = 0;
  std::atomic<int> running_ = 0;
  std::vector<std::thread> writers_;
  std::mutex mutex_;
  std::vector<absl::Status> errors_;
};

// Lists everything of the kinds that MixedLoad writes.
std::map<std::string, std::string> Show(const client::Connection& connection);

// Calls the server's integrity check. Every problem that it reports is a test failure.
void ExpectStoreAgrees(const client::Connection& connection);

}  // namespace cimd::testing

#endif  // CIMD_TESTS_INTEGRATION_MIXED_LOAD_H_
