#ifndef CIMD_SERVER_UPKEEP_DENIED_CALLS_H_
#define CIMD_SERVER_UPKEEP_DENIED_CALLS_H_

#include <cstddef>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "cimd/storage/records.pb.h"
#include "server/rpc/dispatch_options.h"
#include "storage/store.h"

namespace cimd {

// Counts the calls that were refused because of their caller, and makes samples of them for the audit log, so that bad
// calls cannot fill the disk. There is at most one event a minute for each combination of caller, method and reason.
// All callers that are not known count as one, with any method. When there are kMaxDenialKinds combinations, new ones
// are counted by reason only. An event has the number of calls that it stands for, and the address and trace id of the
// last one. Thread-safe.
inline constexpr size_t kMaxDenialKinds = 1000;
inline constexpr absl::Duration kDenialInterval = absl::Minutes(1);

class DeniedCalls {
 public:
  // An event and the log for it.
  struct Sample {
    // The caller's tenant, or keys::kPlatform.
    std::string owner;
    // The store's revision when the first of the calls was denied: the tenant is the one of that moment.
    storage::Revision revision = 0;
    storage::AuditRecord event;
  };

  // `revision` is the store's revision. Constant time and bounded memory.
  void Add(const rpc::DeniedCall& call, absl::Time now, storage::Revision revision);

  // Takes the samples that are due: a combination's first call is due at once, later ones when the minute is over. With
  // `all`, takes every sample.
  std::vector<Sample> Take(absl::Time now, bool all);

 private:
  // Kind and id of the caller, its tenant, the method, the reason.
  using Key = std::tuple<int, std::string, std::string, std::string, std::string>;
  struct Denials {
    storage::AuditRecord last;
    int64_t count = 0;
    // Of the first call that is counted.
    storage::Revision revision = 0;
    absl::Time due = absl::InfinitePast();
  };

  absl::Mutex mutex_;
  std::map<Key, Denials> denials_ ABSL_GUARDED_BY(mutex_);
};

// Appends a sample to its log. Drops it when the tenant was deleted since and another one has its id: the later tenant
// must not see what happened to the earlier one. Errors are those of the store.
absl::Status AppendDenial(storage::Transaction& transaction, const DeniedCalls::Sample& sample);

}  // namespace cimd

#endif  // CIMD_SERVER_UPKEEP_DENIED_CALLS_H_
