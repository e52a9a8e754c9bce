#ifndef CIMD_SERVER_WATCH_TOPIC_H_
#define CIMD_SERVER_WATCH_TOPIC_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/rpc/stream.h"
#include "storage/keys.h"
#include "storage/store.h"

namespace cimd::watch {

// A change and the commit that made it. Owned by whoever has the commit.
struct CommittedChange {
  const storage::Change* change;
  storage::Revision revision;
};
// Changes of one commit or of several, in their order, all of one place.
using Changes = std::vector<CommittedChange>;

// A message that tells several commits tells no further one when it has so many bytes of changes, as BytesOf counts
// them. A commit is never parted.
inline constexpr size_t kMessageBytes = 64 << 10;
size_t BytesOf(const storage::Change& change);

// What the streams of one method tell: which records, and how commits that changed some of them become a message.
// A place is the id of a tenant, or storage::keys::kPlatform. Immutable; compared by address; lives as long as the
// program.
struct Topic {
  // What cursors are bound to: the name of the record's type. Topics that tell of the same thing in different detail
  // share it.
  std::string kind;
  // Changes of these kinds of record are told.
  std::vector<storage::keys::Kind> records;
  // Serializes the message that tells `changes`; without any, it is a checkpoint.
  std::function<absl::StatusOr<std::string>(const Changes& changes, std::string cursor)> serialize;

  bool Includes(std::string_view key) const;
};

// A topic over the changes of a Record, told as a Response. `tell` is
// absl::Status(const storage::Change&, storage::Revision, Response&): adds one record's change, or leaves it out.
template <typename Record, typename Response, typename Tell>
// NOLINTNEXTLINE(performance-unnecessary-value-param): they are moved, which clang-tidy does not see in a template.
Topic MakeTopic(std::vector<storage::keys::Kind> records, Tell tell) {
  return {.kind = Record().GetTypeName(),
          .records = std::move(records),
          .serialize = [tell](const Changes& changes, std::string cursor) -> absl::StatusOr<std::string> {
            Response response;
            for (const auto& [change, revision] : changes) {
              if (absl::Status status = tell(*change, revision, response); !status.ok()) return status;
            }
            response.set_cursor(std::move(cursor));
            return response.SerializeAsString();
          }};
}

// The message that tells changes in a place, which may not be none, with the cursor behind the last of them. `time` is
// when the server learnt of the first. Errors are those of the catalogue: a record that does not parse.
absl::StatusOr<std::shared_ptr<const rpc::StreamMessage>> MakeMessage(const Topic& topic, std::string_view place,
                                                                      const Changes& changes, absl::Time time);

// The message that says that everything up to `through` was told.
absl::StatusOr<std::shared_ptr<const rpc::StreamMessage>> MakeCheckpoint(const Topic& topic, std::string_view place,
                                                                         storage::Revision through);

}  // namespace cimd::watch

#endif  // CIMD_SERVER_WATCH_TOPIC_H_
