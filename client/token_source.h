#ifndef CIMD_CLIENT_TOKEN_SOURCE_H_
#define CIMD_CLIENT_TOKEN_SOURCE_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"

namespace cimd::client {

// Returns the access token to send now. Asked before each attempt of a call and before each stream, from any thread and
// from several at once, so it must be fast and thread-safe. An error fails the call.
using TokenSource = std::function<absl::StatusOr<std::string>()>;

// The token in a file, without the blanks around it. The file is read again when it has been replaced or changed, so
// tokens that a platform rotates (a Kubernetes service account's, for example) need no restart. While it cannot be
// read, the last token is used; NOT_FOUND before there was one. INVALID_ARGUMENT for an empty file.
TokenSource TokenFromFile(std::string path);

}  // namespace cimd::client

#endif  // CIMD_CLIENT_TOKEN_SOURCE_H_
