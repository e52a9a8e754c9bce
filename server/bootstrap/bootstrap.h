#ifndef CIMD_SERVER_BOOTSTRAP_BOOTSTRAP_H_
#define CIMD_SERVER_BOOTSTRAP_BOOTSTRAP_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/store.h"

namespace cimd {

// What BootstrapIfNew did.
enum class Bootstrap {
  kNotNew,     // the store was in use before
  kGenerated,  // a new token was made and written to its file
  kGiven,      // the operator's token was taken
};

// Makes a new store usable: creates the tenant "default" and a platform access token with every scope, with their audit
// events. The token is the content of `given_token_file`, if that is not empty: NOT_FOUND or INVALID_ARGUMENT on a new
// store when it cannot be read or can be guessed. Otherwise it is random, and its text is written only to `token_file`
// (mode 0600, replaced if it exists). Does nothing when the store has a tenant or ever had a platform token, so a
// revoked token does not come back. Safe to interrupt: the file is complete before the commit, and without the commit
// the next start begins again.
absl::StatusOr<Bootstrap> BootstrapIfNew(storage::Store& store, const std::string& given_token_file,
                                         const std::string& token_file, absl::Time now);

// Makes a new platform access token with every scope in the store of `data_dir`, the directory of --data_dir, and
// returns its text, which is kept nowhere. The platform's audit log tells of it. For an operator who has lost every
// platform token: whoever may write the directory could read and change everything in it anyway. kNotFound when the
// directory has no store, kUnavailable when a server has it open; others as for OpenRocksDbStore.
absl::StatusOr<std::string> RecoverPlatformToken(const std::string& data_dir, absl::Time now);

}  // namespace cimd

#endif  // CIMD_SERVER_BOOTSTRAP_BOOTSTRAP_H_
