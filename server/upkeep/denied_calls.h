#ifndef CIMD_SERVER_UPKEEP_DENIED_CALLS_H_
#define CIMD_SERVER_UPKEEP_DENIED_CALLS_H_

#include <cstddef>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "cimd/storage/records.pb.h"
#include "server/rpc/dispatch_options.h"

namespace cimd {

// Counts the calls that were refused because of who called, and makes samples of them for the audit log, so that no
// number of bad calls can fill the disk: at most one event a minute for each caller, method and reason; those whose
// caller is not known are one caller, with any method. Beyond kMaxDenialKinds of such combinations within a minute,
// which takes many callers with good tokens, what is new is counted as one more of its reason. An event has the number
// of calls it stands for, and the address and trace of the last of them. Thread-safe.
inline constexpr size_t kMaxDenialKinds = 1000;
inline constexpr absl::Duration kDenialInterval = absl::Minutes(1);

class DeniedCalls {
 public:
  // An event, and the log that it belongs in: the caller's tenant, or keys::kPlatform.
  struct Sample {
    std::string tenant;
    storage::AuditRecord event;
  };

  // Constant time and bounded memory.
  void Add(const rpc::DeniedCall& call, absl::Time now);

  // The samples that are due: of a combination's first call at once, of later ones when the minute is over; with `all`
  // those that are not, too.
  std::vector<Sample> Take(absl::Time now, bool all);

 private:
  // Kind and id of the caller, its tenant, the method, the reason.
  using Key = std::tuple<int, std::string, std::string, std::string, std::string>;
  struct Denials {
    storage::AuditRecord last;
    int64_t count = 0;
    absl::Time due = absl::InfinitePast();
  };

  absl::Mutex mutex_;
  std::map<Key, Denials> denials_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cimd

#endif  // CIMD_SERVER_UPKEEP_DENIED_CALLS_H_
