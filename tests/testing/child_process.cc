#include "tests/testing/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/testing/temp_dir.h"

extern char** environ;

namespace cimd::testing {
namespace {

int ExitStatus(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

std::string ReadAll(const std::string& file) {
  std::ostringstream content;
  content << std::ifstream(file, std::ios::binary).rdbuf();
  return content.str();
}

pid_t Spawn(const std::vector<std::string>& command, const std::map<std::string, std::string>& environment,
            const std::string& in, const std::string& out, const std::string& err) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, in.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    std::string text = *variable;
    if (!environment.contains(text.substr(0, text.find('=')))) variables.push_back(text);
  }
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  std::vector<char*> variable_pointers;
  for (std::string& variable : variables) variable_pointers.push_back(variable.data());
  variable_pointers.push_back(nullptr);
  pid_t pid = -1;
  const int error =
      posix_spawnp(&pid, command.front().c_str(), &actions, nullptr, arguments.data(), variable_pointers.data());
  posix_spawn_file_actions_destroy(&actions);
  return error == 0 ? pid : -1;
}

}  // namespace

Finished RunToEnd(const std::vector<std::string>& command, const std::map<std::string, std::string>& environment,
                  const std::string& input) {
  TempDir dir;
  std::ofstream(dir / "in") << input;
  const pid_t pid = Spawn(command, environment, dir / "in", dir / "out", dir / "err");
  if (pid < 0) return {.exit_status = 127, .err = "cannot run " + command.front()};
  int status = 0;
  waitpid(pid, &status, 0);
  return {.exit_status = ExitStatus(status), .out = ReadAll(dir / "out"), .err = ReadAll(dir / "err")};
}

ChildProcess::ChildProcess(const std::vector<std::string>& command, const std::string& log_file)
    : pid_(Spawn(command, {}, "/dev/null", log_file, log_file)), ended_(pid_ < 0), exit_status_(127) {}

ChildProcess::~ChildProcess() {
  if (!ended_) Signal(SIGKILL);
  Wait();
}

void ChildProcess::Signal(int signal) const {
  if (!ended_) kill(pid_, signal);
}

int ChildProcess::Wait() {
  if (!ended_) {
    int status = 0;
    waitpid(pid_, &status, 0);
    exit_status_ = ExitStatus(status);
    ended_ = true;
  }
  return exit_status_;
}

bool ChildProcess::running() {
  int status = 0;
  if (!ended_ && waitpid(pid_, &status, WNOHANG) == pid_) {
    exit_status_ = ExitStatus(status);
    ended_ = true;
  }
  return !ended_;
}

std::string WaitForLine(const std::string& file, ChildProcess& process) {
  while (true) {
    const bool running = process.running();
    std::string content = ReadAll(file);
    if (const size_t end = content.find('\n'); end != std::string::npos) return content.substr(0, end);
    if (!running) return {};
    // Nothing signals that another process has written to the file, so poll it.
    absl::SleepFor(absl::Milliseconds(5));
  }
}

}  // namespace cimd::testing
