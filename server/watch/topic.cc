#include "server/watch/topic.h"

#include <algorithm>

#include "grpcpp/support/slice.h"
#include "server/rpc/errors.h"
#include "server/rpc/watch_cursor.h"

namespace cimd::watch {

bool Topic::TellsOf(std::string_view key) const {
  return std::find(records.begin(), records.end(), storage::keys::KindOf(key)) != records.end();
}

absl::StatusOr<std::shared_ptr<const rpc::StreamMessage>> MakeMessage(const Topic& topic, std::string_view place,
                                                                      const Changes& changes,
                                                                      storage::Revision revision, absl::Time time) {
  absl::StatusOr<std::string> bytes =
      topic.serialize(changes, revision, rpc::MakeWatchCursor(topic.kind, place, revision));
  if (!bytes.ok()) return rpc::errors::FromStore(bytes.status());
  const grpc::Slice slice(*bytes);
  return std::make_shared<const rpc::StreamMessage>(
      rpc::StreamMessage{.bytes = grpc::ByteBuffer(&slice, 1), .time = changes.empty() ? absl::InfinitePast() : time});
}

}  // namespace cimd::watch
