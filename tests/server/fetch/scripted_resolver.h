#ifndef CIMD_TESTS_SERVER_FETCH_SCRIPTED_RESOLVER_H_
#define CIMD_TESTS_SERVER_FETCH_SCRIPTED_RESOLVER_H_

#include <string>
#include <vector>

namespace cimd::testing {

// Replaces the system's resolver for all calls of getaddrinfo() in this process, including libcurl's. Names without an
// answer go to the system's resolver. Only one object may exist at a time. Thread-safe.
class ScriptedResolver {
 public:
  ScriptedResolver();
  ~ScriptedResolver();
  ScriptedResolver(const ScriptedResolver&) = delete;
  ScriptedResolver& operator=(const ScriptedResolver&) = delete;

  // Sets the answers to the first, second, ... query for `name`. Later queries get the last answer. An answer without
  // addresses means that the name does not exist.
  void Answer(const std::string& name, std::vector<std::vector<std::string>> answers);
  // Number of queries for `name`.
  int questions(const std::string& name) const;
};

}  // namespace cimd::testing

#endif  // CIMD_TESTS_SERVER_FETCH_SCRIPTED_RESOLVER_H_
