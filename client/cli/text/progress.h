#ifndef CIMD_CLIENT_CLI_TEXT_PROGRESS_H_
#define CIMD_CLIENT_CLI_TEXT_PROGRESS_H_

#include <cstddef>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace cimd::cli {

// A progress line for `done` of `total` items after `elapsed`: a bar, the completed share, and the remaining time at
// the same speed. Pure.
std::string ProgressLine(size_t done, size_t total, absl::Duration elapsed);

// Shows the progress of a long operation: a bar in the last line of a terminal, nothing if the output is not a
// terminal. Log lines go above the bar. Thread-safe.
class Progress {
 public:
  // `out` and everything that `now` refers to must outlive this object.
  Progress(std::ostream& out, bool is_terminal, size_t total, std::function<absl::Time()> now);
  // Removes the bar.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Counts one more item as done and prints `log`. `log` is empty, or safe to print and ends with a line feed.
  void Advance(std::string_view log);

 private:
  void Draw() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Erase() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const bool is_terminal_;
  const size_t total_;
  const std::function<absl::Time()> now_;
  const absl::Time start_;
  absl::Mutex mutex_;
  std::ostream& out_ ABSL_GUARDED_BY(mutex_);
  size_t done_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_TEXT_PROGRESS_H_
