#ifndef CIMD_SERVER_RPC_ANSWER_BUDGET_H_
#define CIMD_SERVER_RPC_ANSWER_BUDGET_H_

#include <atomic>
#include <cstddef>

#include "grpcpp/support/server_callback.h"

namespace cimd::rpc {

// Counts the bytes of answers that were made and that their callers have not taken yet. Thread-safe.
class AnswerBudget {
 public:
  explicit AnswerBudget(size_t max_bytes) : max_bytes_(max_bytes) {}

  // Whether another answer may be made. Answers that are being made meanwhile can go beyond the budget, one each
  // thread.
  bool HasRoom() const { return held_bytes_.load(std::memory_order_relaxed) < max_bytes_; }
  void Hold(size_t bytes) { held_bytes_.fetch_add(bytes, std::memory_order_relaxed); }
  void Release(size_t bytes) { held_bytes_.fetch_sub(bytes, std::memory_order_relaxed); }

 private:
  const size_t max_bytes_;
  std::atomic<size_t> held_bytes_ = 0;
};

// Ends a unary call whose answer counts in a budget until gRPC has sent it or the call is over. Deletes itself.
class BudgetedReactor final : public grpc::ServerUnaryReactor {
 public:
  // `budget` outlives the call.
  explicit BudgetedReactor(AnswerBudget& budget) : budget_(budget) {}

  // Counts the answer. To be called once at most, before Finish.
  void Hold(size_t bytes) {
    bytes_ = bytes;
    budget_.Hold(bytes);
  }

  void OnDone() override {
    budget_.Release(bytes_);
    delete this;
  }

 private:
  AnswerBudget& budget_;
  size_t bytes_ = 0;
};

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_RPC_ANSWER_BUDGET_H_
