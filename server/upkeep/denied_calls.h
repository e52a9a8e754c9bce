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

// Counts the calls that were refused because of their caller, and produces samples of them for the audit log. Samples
// keep refused calls from filling the disk: there is at most one event a minute for each combination of caller, method
// and reason. All unknown callers share one combination, whatever the method. Once there are kMaxDenialKinds
// combinations, new ones are counted by reason only. An event contains the number of calls that it represents, and the
// address and trace id of the last one. Thread-safe.
inline constexpr size_t kMaxDenialKinds = 1000;
inline constexpr absl::Duration kDenialInterval = absl::Minutes(1);

class DeniedCalls {
 public:
  // An event, and the log that it belongs to.
  struct Sample {
    // The caller's tenant, or keys::kPlatform.
    std::string owner;
    // The store's revision when the first of the calls was denied. Identifies the tenant if its id is reused later.
    storage::Revision revision = 0;
    storage::AuditRecord event;
  };

  // `revision` is the store's current revision. Takes constant time; memory is limited.
  void Add(const rpc::DeniedCall& call, absl::Time now, storage::Revision revision);

  // Returns and removes the samples that are due. The first call of a combination is due at once; later calls are due
  // when the minute is over. With `all`, every sample is due.
  std::vector<Sample> Take(absl::Time now, bool all);

 private:
  // The kind and id of the caller, its tenant, the method, and the reason.
  using Key = std::tuple<int, std::string, std::string, std::string, std::string>;
  struct Denials {
    storage::AuditRecord last;
    int64_t count = 0;
    // The store's revision at the first counted call.
    storage::Revision revision = 0;
    absl::Time due = absl::InfinitePast();
  };

  absl::Mutex mutex_;
  std::map<Key, Denials> denials_ ABSL_GUARDED_BY(mutex_);
};

// Appends a sample to its log. Drops the sample if its tenant was deleted and another tenant now has the same id: the
// later tenant must not see events of the earlier one. Errors are those of the store.
absl::Status AppendDenial(storage::Transaction& transaction, const DeniedCalls::Sample& sample);

}  // namespace cimd

#endif  // CIMD_SERVER_UPKEEP_DENIED_CALLS_H_
