#ifndef CIMD_TESTS_TESTING_CHILD_PROCESS_H_
#define CIMD_TESTS_TESTING_CHILD_PROCESS_H_

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace cimd::testing {

// The exit status and the output of a program that has ended.
struct Finished {
  // The exit status, or 128 plus the signal number if a signal ended the program.
  int exit_status = 0;
  std::string out;
  std::string err;
};

// Runs a program until it ends. `input` is its standard input, which is empty by default.
Finished RunToEnd(const std::vector<std::string>& command, const std::map<std::string, std::string>& environment = {},
                  const std::string& input = "");

// A running program. The destructor kills it with SIGKILL and waits for it.
class ChildProcess {
 public:
  // Appends the program's output to `log_file`.
  ChildProcess(const std::vector<std::string>& command, const std::string& log_file);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  void Signal(int signal) const;
  // Waits until the program ends. Returns the same value as Finished::exit_status.
  int Wait();
  bool running();
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  bool ended_ = false;
  int exit_status_ = 0;
};

// Waits until the file has a complete line and returns that line. Returns an empty string if the process ends first.
std::string WaitForLine(const std::string& file, ChildProcess& process);

}  // namespace cimd::testing

#endif  // CIMD_TESTS_TESTING_CHILD_PROCESS_H_
