#include "client/cli/session/interruption.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <utility>

namespace cimd::cli {
namespace {

constexpr uint64_t kInterrupted = 1;
constexpr uint64_t kOver = 1 << 20;

// An eventfd. The signal handler writes to it, because write() is async-signal-safe (signal-safety(7)).
int event = -1;

void Write(uint64_t what) {
  const int saved = errno;
  [[maybe_unused]] const ssize_t written = write(event, &what, sizeof(what));
  errno = saved;
}

void OnSignal(int) { Write(kInterrupted); }

}  // namespace

Interruption::Interruption(std::function<void()> on_interrupt) {
  event = eventfd(0, EFD_CLOEXEC);
  thread_ = std::thread([on_interrupt = std::move(on_interrupt)] {
    bool told = false;
    uint64_t what = 0;
    while (what < kOver) {
      if (read(event, &what, sizeof(what)) < 0 && errno != EINTR) return;
      if (what % kOver != 0 && !std::exchange(told, true)) on_interrupt();
    }
  });
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  // SA_RESETHAND restores the default action after the first signal, so the second one ends the process.
  action.sa_flags = SA_RESETHAND | SA_RESTART;
  sigaction(SIGINT, &action, &before_);
}

Interruption::~Interruption() {
  sigaction(SIGINT, &before_, nullptr);
  Write(kOver);
  thread_.join();
  close(event);
  event = -1;
}

}  // namespace cimd::cli
