#ifndef CIMD_SERVER_ADMISSION_PUBLIC_SUFFIX_H_
#define CIMD_SERVER_ADMISSION_PUBLIC_SUFFIX_H_

#include <string>

namespace cimd::admission {

// Whether anybody may register names directly under `domain`: "com", "co.uk", "github.io" (publicsuffix.org, private
// section included). `domain` is in lower-case A-labels. Reads the system's list, which is newer than the library's
// own. Thread-safe.
bool IsPublicSuffix(const std::string& domain);

}  // namespace cimd::admission

#endif  // CIMD_SERVER_ADMISSION_PUBLIC_SUFFIX_H_
