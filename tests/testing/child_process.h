#ifndef CIMD_TESTS_TESTING_CHILD_PROCESS_H_
#define CIMD_TESTS_TESTING_CHILD_PROCESS_H_

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace cimd::testing {

// What a program that ran to its end left behind.
struct Finished {
  // Exit status; 128 and the signal's number for a program that a signal ended.
  int exit_status = 0;
  std::string out;
  std::string err;
};

// Runs a program to its end, with nothing on its standard input unless `input` says so.
Finished RunToEnd(const std::vector<std::string>& command, const std::map<std::string, std::string>& environment = {},
                  const std::string& input = "");

// A program that is running. Killed with SIGKILL, and waited for, when this goes away.
class ChildProcess {
 public:
  // Its output is appended to `log_file`.
  ChildProcess(const std::vector<std::string>& command, const std::string& log_file);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  void Signal(int signal) const;
  // Waits for the end; as Finished::exit_status.
  int Wait();
  bool running();
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  bool ended_ = false;
  int exit_status_ = 0;
};

// Waits until the file has a whole line, and returns it; empty when the process ends before.
std::string WaitForLine(const std::string& file, ChildProcess& process);

}  // namespace cimd::testing

#endif  // CIMD_TESTS_TESTING_CHILD_PROCESS_H_
