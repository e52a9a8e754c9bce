#include "tests/server/fetch/scripted_resolver.h"

#include <dlfcn.h>
#include <netdb.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

namespace cimd::testing {
namespace {

struct Script {
  std::vector<std::vector<std::string>> answers;
  int questions = 0;
};

struct Scripts {
  std::mutex mutex;
  std::map<std::string, Script> by_name;
};

Scripts& TheScripts() {
  static auto* const scripts = new Scripts;
  return *scripts;
}

using Resolve = int (*)(const char*, const char*, const addrinfo*, addrinfo**);

Resolve SystemsResolver() {
  static const auto resolve = reinterpret_cast<Resolve>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return resolve;
}

// The system's resolver makes the entries, so that its freeaddrinfo() can free them.
int AnswerWith(const std::vector<std::string>& addresses, const char* service, const addrinfo* hints,
               addrinfo** result) {
  addrinfo numeric = hints == nullptr ? addrinfo{} : *hints;
  numeric.ai_flags |= AI_NUMERICHOST;
  *result = nullptr;
  addrinfo** end = result;
  for (const std::string& address : addresses) {
    // Leave out addresses of a family that was not requested.
    if (SystemsResolver()(address.c_str(), service, &numeric, end) != 0) *end = nullptr;
    while (*end != nullptr) end = &(*end)->ai_next;
  }
  return *result == nullptr ? EAI_NONAME : 0;
}

}  // namespace

ScriptedResolver::ScriptedResolver() = default;

ScriptedResolver::~ScriptedResolver() {
  const std::lock_guard lock(TheScripts().mutex);
  TheScripts().by_name.clear();
}

void ScriptedResolver::Answer(const std::string& name, std::vector<std::vector<std::string>> answers) {
  const std::lock_guard lock(TheScripts().mutex);
  TheScripts().by_name[name] = {std::move(answers)};
}

int ScriptedResolver::questions(const std::string& name) const {
  const std::lock_guard lock(TheScripts().mutex);
  return TheScripts().by_name[name].questions;
}

}  // namespace cimd::testing

// Replaces the function of the C library for this program and its libraries.
extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** result) {
  using namespace cimd::testing;
  std::vector<std::string> addresses;
  {
    const std::lock_guard lock(TheScripts().mutex);
    const auto found = TheScripts().by_name.find(name == nullptr ? "" : name);
    if (found == TheScripts().by_name.end()) return SystemsResolver()(name, service, hints, result);
    Script& script = found->second;
    addresses = script.answers[std::min<size_t>(script.questions++, script.answers.size() - 1)];
  }
  return AnswerWith(addresses, service, hints, result);
}
