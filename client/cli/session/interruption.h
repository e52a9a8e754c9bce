#ifndef CIMD_CLIENT_CLI_SESSION_INTERRUPTION_H_
#define CIMD_CLIENT_CLI_SESSION_INTERRUPTION_H_

#include <csignal>
#include <functional>
#include <thread>

namespace cimd::cli {

// Turns the first SIGINT (Ctrl-C) of its lifetime into a call of a function. A second SIGINT ends the process, as it
// does without this. One at a time in a process.
class Interruption {
 public:
  // `on_interrupt` is called once at most, from a thread of this object's. It may not destroy this.
  explicit Interruption(std::function<void()> on_interrupt);
  // Restores what SIGINT did before.
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

 private:
  struct sigaction before_ = {};
  std::thread thread_;
};

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_SESSION_INTERRUPTION_H_
