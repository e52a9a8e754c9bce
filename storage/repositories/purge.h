#ifndef CIMD_STORAGE_REPOSITORIES_PURGE_H_
#define CIMD_STORAGE_REPOSITORIES_PURGE_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "storage/store.h"

// Emptying ranges that are too large for one commit. The transaction that makes the contents unreachable (deletes a
// client, marks a tenant as being deleted) records the purge; a background thread works it off in bounded commits, and
// goes on after a restart. Ranges must be ones that nobody writes to any more.
namespace cimd::storage {

// Records that `range` is to be emptied. When it is, the record of the tenant that `tenant` names (an id) goes, too.
void SchedulePurge(Transaction& transaction, const KeyRange& range, std::string_view tenant = "");

// Works off one bounded piece of the recorded purges: true if something was left to do, false when there is nothing.
// One caller at a time.
absl::StatusOr<bool> PurgeSome(Store& store);

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_REPOSITORIES_PURGE_H_
