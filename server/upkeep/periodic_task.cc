#include "server/upkeep/periodic_task.h"

#include <utility>

namespace cimd {

PeriodicTask::PeriodicTask(Options options, Run run)
    : options_(options), run_(std::move(run)), woken_(options.run_at_start), thread_([this] { Loop(); }) {}

PeriodicTask::~PeriodicTask() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void PeriodicTask::Wake() {
  absl::MutexLock lock(&mutex_);
  woken_ = true;
}

bool PeriodicTask::stopping() {
  absl::MutexLock lock(&mutex_);
  return stopping_;
}

void PeriodicTask::Loop() {
  const auto is_due =
      +[](PeriodicTask* self) ABSL_NO_THREAD_SAFETY_ANALYSIS { return self->stopping_ || self->woken_; };
  while (true) {
    bool last = false;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.AwaitWithTimeout(absl::Condition(is_due, this), options_.interval);
      last = stopping_;
      woken_ = false;
    }
    if (!last || options_.run_at_stop) run_([this] { return stopping(); });
    if (last) return;
  }
}

}  // namespace cimd
