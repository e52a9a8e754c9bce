#ifndef CIMD_SERVER_BOOTSTRAP_H_
#define CIMD_SERVER_BOOTSTRAP_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/store.h"

namespace cimd {

// Makes a new store usable: the tenant "default" and a platform access token with every scope, whose text goes to
// `token_file` (mode 0600, replaced if it exists) and nowhere else. Does nothing, and returns false, when the store has
// an access token already. Safe to interrupt: the file is complete before the token is good, and until the commit the
// next start begins again.
absl::StatusOr<bool> BootstrapIfNew(storage::Store& store, const std::string& token_file, absl::Time now);

}  // namespace cimd

#endif  // CIMD_SERVER_BOOTSTRAP_H_
