#ifndef CIMD_SERVER_BOOTSTRAP_H_
#define CIMD_SERVER_BOOTSTRAP_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/store.h"

namespace cimd {

// What happened when the server was started.
enum class Bootstrap {
  kNotNew,     // the store was in use before
  kGenerated,  // a new token was made and written to its file
  kGiven,      // the operator's token was taken
};

// Makes a new store usable: the tenant "default" and a platform access token with every scope. The token is what
// `given_token_file` holds, when it names a file: INVALID_ARGUMENT or NOT_FOUND, on a new store, for one that cannot be
// read or can be guessed. Else a random one is made, whose text goes to `token_file` (mode 0600, replaced if it exists)
// and nowhere else. Does nothing when the store has a tenant or has ever had a platform token, so a token that was
// revoked does not come back. The platform's audit log begins with both. Safe to interrupt: the file is complete before
// the token is good, and until the commit the next start begins again.
absl::StatusOr<Bootstrap> BootstrapIfNew(storage::Store& store, const std::string& given_token_file,
                                         const std::string& token_file, absl::Time now);

}  // namespace cimd

#endif  // CIMD_SERVER_BOOTSTRAP_H_
