#ifndef CIMD_SERVER_WATCH_TOPIC_H_
#define CIMD_SERVER_WATCH_TOPIC_H_

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

// Changes of one commit, all of one place and of kinds that one topic tells of. Owned by whoever has the commit.
using Changes = std::vector<const storage::Change*>;

// What the streams of one method tell: which records, and how a commit that changed some of them becomes a message.
// A place is the id of a tenant, or storage::keys::kPlatform. Immutable; compared by address; lives as long as the
// program.
struct Topic {
  // What cursors are bound to: the name of the record's type. Topics that tell of the same thing in different detail
  // share it.
  std::string kind;
  // Changes of these kinds of record are told.
  std::vector<storage::keys::Kind> records;
  // Serializes the message that tells `changes`; without any, it is a checkpoint.
  std::function<absl::StatusOr<std::string>(const Changes& changes, storage::Revision revision, std::string cursor)>
      serialize;

  bool TellsOf(std::string_view key) const;
};

// A topic over the changes of a Record, told as a Response. `tell` is
// absl::Status(const storage::Change&, storage::Revision, Response&): adds one record's change, or leaves it out.
template <typename Record, typename Response, typename Tell>
// NOLINTNEXTLINE(performance-unnecessary-value-param): they are moved, which clang-tidy does not see in a template.
Topic MakeTopic(std::vector<storage::keys::Kind> records, Tell tell) {
  return {.kind = Record().GetTypeName(),
          .records = std::move(records),
          .serialize = [tell](const Changes& changes, storage::Revision revision,
                              std::string cursor) -> absl::StatusOr<std::string> {
            Response response;
            for (const storage::Change* change : changes) {
              if (absl::Status status = tell(*change, revision, response); !status.ok()) return status;
            }
            response.set_cursor(std::move(cursor));
            return response.SerializeAsString();
          }};
}

// The message that tells the changes of a commit in a place, with the cursor behind it. Errors are those of the
// catalogue: a record that does not parse.
absl::StatusOr<std::shared_ptr<const rpc::StreamMessage>> MakeMessage(const Topic& topic, std::string_view place,
                                                                      const Changes& changes,
                                                                      storage::Revision revision, absl::Time time);

}  // namespace cimd::watch

#endif  // CIMD_SERVER_WATCH_TOPIC_H_
