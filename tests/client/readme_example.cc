// The example in client/README.md, inside a function of an authorization server.

#include <string>

#include "absl/time/clock.h"
#include "client/connection.h"
#include "client/mirror.h"

namespace cimd {

std::string Refuse(std::string reason) { return reason; }

std::string Decide(const std::string& token) {
#include "readme_example_body.inc"
  return "";
}

}  // namespace cimd
