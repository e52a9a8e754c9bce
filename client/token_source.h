#ifndef CIMD_CLIENT_TOKEN_SOURCE_H_
#define CIMD_CLIENT_TOKEN_SOURCE_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"

namespace cimd::client {

// Returns the access token to send now. Called before each attempt of a call and before each stream, from several
// threads concurrently, so it must be fast and thread-safe. An error fails the call.
using TokenSource = std::function<absl::StatusOr<std::string>()>;

// Reads the token from a file and removes blanks around it. The file is read again when it has been replaced or
// changed, so rotated tokens, such as those of Kubernetes service accounts, need no restart. While the file cannot be
// read, the last token is used; NOT_FOUND if there is none. INVALID_ARGUMENT for an empty file.
TokenSource TokenFromFile(std::string path);

}  // namespace cimd::client

#endif  // CIMD_CLIENT_TOKEN_SOURCE_H_
