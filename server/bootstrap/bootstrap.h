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
// events.
//
// If `given_token_file` is not empty, the token is read from there. NOT_FOUND or INVALID_ARGUMENT when the store is new
// and the file cannot be read or its token is too weak. Otherwise the token is random and is written only to
// `token_file` (mode 0600, replaced if it exists).
//
// Does nothing when the store has a tenant or ever had a platform token, so a revoked token never comes back. Safe to
// interrupt: the file is complete before the commit, and the next start repeats a bootstrap that was not committed.
absl::StatusOr<Bootstrap> BootstrapIfNew(storage::Store& store, const std::string& given_token_file,
                                         const std::string& token_file, absl::Time now);

// Makes a new platform access token with every scope in the store of `data_dir`, the directory of --data_dir, and
// returns its text, which is not stored. Writes an event to the platform's audit log. For operators who have lost every
// platform token. This adds no rights: a process that can write the directory can already read and change everything in
// it. kNotFound when the directory has no store, kUnavailable when a server has it open; other errors as for
// OpenRocksDbStore.
absl::StatusOr<std::string> RecoverPlatformToken(const std::string& data_dir, absl::Time now);

}  // namespace cimd

#endif  // CIMD_SERVER_BOOTSTRAP_BOOTSTRAP_H_
