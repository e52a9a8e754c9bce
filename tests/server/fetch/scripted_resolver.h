#ifndef CIMD_TESTS_SERVER_FETCH_SCRIPTED_RESOLVER_H_
#define CIMD_TESTS_SERVER_FETCH_SCRIPTED_RESOLVER_H_

#include <string>
#include <vector>

namespace cimd::testing {

// Answers in the place of the system's resolver, for everything in this process that calls getaddrinfo(): libcurl, too.
// Names that no test told it of are the system's business. One at a time; thread-safe.
class ScriptedResolver {
 public:
  ScriptedResolver();
  ~ScriptedResolver();
  ScriptedResolver(const ScriptedResolver&) = delete;
  ScriptedResolver& operator=(const ScriptedResolver&) = delete;

  // The addresses that the first, the second, ... question for `name` is answered with; the last answer stays. An
  // answer without addresses: there is no such name.
  void Answer(const std::string& name, std::vector<std::vector<std::string>> answers);
  // How often `name` was asked for.
  int questions(const std::string& name) const;
};

}  // namespace cimd::testing

#endif  // CIMD_TESTS_SERVER_FETCH_SCRIPTED_RESOLVER_H_
