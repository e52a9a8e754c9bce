#include "server/admission/public_suffix.h"

#include <libpsl.h>

#include <string>

namespace cimd::admission {

bool IsPublicSuffix(const std::string& domain) {
  // Lives as long as the program.
  static const psl_ctx_t* const list = psl_latest(nullptr);
  return psl_is_public_suffix(list, domain.c_str()) == 1;
}

}  // namespace cimd::admission
