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

// What a server was asked to change, and what of it it has acknowledged. A thing ("client https://...", "grant ...")
// has one state after another, and no state while it does not exist. Thread-safe.
class Ledger {
 public:
  using State = std::optional<std::string>;
  using Changes = std::vector<std::pair<std::string, State>>;
  // For each thing, which of its states was the last one to be acknowledged.
  using Promises = std::map<std::string, size_t>;

  // A call that will make these changes together; the result is for Acknowledge, when it has.
  Promises Ask(const Changes& changes);
  void Acknowledge(const Promises& asked);

  // What holds at this moment.
  Promises promises() const;

  // Compares what a server shows with what it may show: for everything the state in `promises` or a later one that was
  // asked for, and nothing that nobody asked for. Failures are those of the test.
  void Compare(const std::map<std::string, std::string>& shown, const Promises& promises) const;

  // Takes what a server shows for the outcome of everything.
  void Settle(const std::map<std::string, std::string>& shown);

 private:
  struct Thing {
    std::vector<State> states = {std::nullopt};
    size_t acknowledged = 0;
  };

  mutable std::mutex mutex_;
  std::map<std::string, Thing> things_;
};

// Writers that register, update, block, grant, connect and delete at random, each with things of its own, and that note
// in the ledger what they were promised. A writer ends with its first call that fails.
class MixedLoad {
 public:
  // `name` makes the names of its things unlike those of every other load on the same ledger.
  MixedLoad(Ledger& ledger, const client::Connection& connection, const std::string& name, int writers, uint64_t seed);
  // As Stop.
  ~MixedLoad();

  // Waits until that many calls were acknowledged or all writers have ended.
  void AwaitAcknowledged(int64_t calls) const;
  int64_t acknowledged() const { return acknowledged_; }
  // Ends all writers. Their first errors, for a test to look at.
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

// Everything of the kinds that MixedLoad writes, as the server's lists show it.
std::map<std::string, std::string> Show(const client::Connection& connection);

// Has the server check its store; every problem is a failure of the test.
void ExpectStoreAgrees(const client::Connection& connection);

}  // namespace cimd::testing

#endif  // CIMD_TESTS_INTEGRATION_MIXED_LOAD_H_
