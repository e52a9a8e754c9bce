#include "server/rpc/worker_pool.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <thread>
#include <utility>

namespace cimd::rpc {

WorkerPool::WorkerPool(size_t threads, Room room) : room_(room) {
  threads_.reserve(threads);
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

WorkerPool::~WorkerPool() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  for (std::thread& thread : threads_) thread.join();
}

bool WorkerPool::Submit(const std::string& owner, size_t bytes, Task task) {
  absl::MutexLock lock(&mutex_);
  if (tasks_ >= room_.tasks || bytes_ >= room_.bytes) return false;
  const auto own = waiting_.find(owner);
  if (own == waiting_.end()) {
    turns_.push_back(owner);
  } else if (own->second.size() >= std::max<size_t>(room_.tasks / 2, 1)) {
    return false;
  }
  waiting_[owner].push_back({std::move(task), bytes});
  ++tasks_;
  bytes_ += bytes;
  return true;
}

WorkerPool::Task WorkerPool::Take() {
  std::string owner = std::move(turns_.front());
  turns_.pop_front();
  const auto own = waiting_.find(owner);
  Waiting next = std::move(own->second.front());
  own->second.pop_front();
  if (own->second.empty()) {
    waiting_.erase(own);
  } else {
    turns_.push_back(std::move(owner));
  }
  --tasks_;
  bytes_ -= next.bytes;
  return std::move(next.task);
}

void WorkerPool::Run() {
  while (true) {
    Task task;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(
          +[](WorkerPool* pool) ABSL_NO_THREAD_SAFETY_ANALYSIS { return pool->stopping_ || !pool->turns_.empty(); },
          this));
      if (turns_.empty()) return;
      task = Take();
    }
    std::move(task)();
  }
}

}  // namespace cimd::rpc
