#ifndef CIMD_STORAGE_REPOSITORIES_PURGE_H_
#define CIMD_STORAGE_REPOSITORIES_PURGE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "storage/record.h"
#include "storage/store.h"

// Deletion of ranges that are too large for one commit. The transaction that makes the contents unreachable (it deletes
// a client, or marks a tenant as being deleted) stores a purge. A background thread carries it out in bounded commits,
// and continues after a restart. Nothing may write to the range any more.
namespace cimd::storage {

// Stores a purge of `range`. When the range is empty, the record of tenant `tenant` (an id; may be empty) is deleted
// too.
void SchedulePurge(Transaction& transaction, const KeyRange& range, std::string_view tenant = "");

// One walk over all stored purges. A purge that fails because of damaged data is skipped and stays for the next walk,
// so that it does not stop the others. At most one walk of a store at a time. Belongs to one thread.
class PurgeWalk {
 public:
  // `store` outlives this.
  explicit PurgeWalk(Store& store) : store_(store) {}

  // Makes one bounded commit. True if it deleted or skipped something, false at the end of the walk. `unreadable` gets
  // the keys of skipped purges, and of records that do not parse; the latter are deleted like all others.
  absl::StatusOr<bool> Step(UnreadableRecordVisitor unreadable);

 private:
  Store& store_;
  // Where to continue after skipped purges; empty at the beginning.
  std::string next_key_;
};

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_REPOSITORIES_PURGE_H_
