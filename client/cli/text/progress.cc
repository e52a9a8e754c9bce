#include "client/cli/text/progress.h"

#include <utility>

#include "fmt/format.h"

namespace cimd::cli {
namespace {

constexpr size_t kBarColumns = 30;
// Returns the cursor to the beginning of the line and clears the line.
constexpr std::string_view kEraseLine = "\r\x1b[K";

// Formats a duration in at most two units: "1h02m", "3m07s", "9s".
std::string Brief(absl::Duration duration) {
  const int64_t seconds = absl::ToInt64Seconds(absl::Ceil(duration, absl::Seconds(1)));
  if (seconds >= 3600) return fmt::format("{}h{:02}m", seconds / 3600, seconds / 60 % 60);
  if (seconds >= 60) return fmt::format("{}m{:02}s", seconds / 60, seconds % 60);
  return fmt::format("{}s", seconds);
}

}  // namespace

std::string ProgressLine(size_t done, size_t total, absl::Duration elapsed) {
  const double share = total == 0 ? 1.0 : static_cast<double>(done) / static_cast<double>(total);
  const auto filled = static_cast<size_t>(share * kBarColumns);
  std::string line =
      fmt::format("[{:#<{}}{:.<{}}] {}/{} {:3.0f}%", "", filled, "", kBarColumns - filled, done, total, share * 100);
  if (done > 0 && done < total) line += " ETA " + Brief(elapsed * ((1 - share) / share));
  return line;
}

Progress::Progress(std::ostream& out, bool is_terminal, size_t total, std::function<absl::Time()> now)
    : is_terminal_(is_terminal), total_(total), now_(std::move(now)), start_(now_()), out_(out) {
  absl::MutexLock lock(&mutex_);
  Draw();
}

Progress::~Progress() {
  absl::MutexLock lock(&mutex_);
  Erase();
}

void Progress::Advance(std::string_view log) {
  absl::MutexLock lock(&mutex_);
  ++done_;
  Erase();
  out_ << log;
  Draw();
}

void Progress::Draw() {
  if (is_terminal_) out_ << ProgressLine(done_, total_, now_() - start_);
  out_.flush();
}

void Progress::Erase() {
  if (is_terminal_) out_ << kEraseLine;
}

}  // namespace cimd::cli
