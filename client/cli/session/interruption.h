#ifndef CIMD_CLIENT_CLI_SESSION_INTERRUPTION_H_
#define CIMD_CLIENT_CLI_SESSION_INTERRUPTION_H_

#include <csignal>
#include <functional>
#include <thread>

namespace cimd::cli {

// Calls a function on the first SIGINT (Ctrl-C) during its lifetime. A second SIGINT ends the process. A process may
// have one instance at a time.
class Interruption {
 public:
  // `on_interrupt` is called at most once, on this object's thread. It must not destroy this object.
  explicit Interruption(std::function<void()> on_interrupt);
  // Restores the previous action of SIGINT.
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

 private:
  struct sigaction before_ = {};
  std::thread thread_;
};

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_SESSION_INTERRUPTION_H_
