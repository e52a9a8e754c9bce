#include "server/watch/topic.h"

#include <algorithm>

#include "grpcpp/support/slice.h"
#include "server/errors/errors.h"
#include "server/rpc/watch_cursor.h"

namespace cimd::watch {
namespace {

absl::StatusOr<std::shared_ptr<const rpc::StreamMessage>> Make(const Topic& topic, std::string_view place,
                                                               const Changes& changes, storage::Revision through,
                                                               absl::Time time) {
  absl::StatusOr<std::string> bytes = topic.serialize(changes, rpc::MakeWatchCursor(topic.kind, place, through));
  if (!bytes.ok()) return rpc::errors::FromStore(bytes.status());
  const grpc::Slice slice(*bytes);
  return std::make_shared<const rpc::StreamMessage>(
      rpc::StreamMessage{.bytes = grpc::ByteBuffer(&slice, 1), .time = time});
}

}  // namespace

size_t BytesOf(const storage::Change& change) {
  return change.key.size() + (change.value.has_value() ? change.value->size() : 0);
}

bool Topic::Includes(std::string_view key) const {
  return std::find(records.begin(), records.end(), storage::keys::KindOf(key)) != records.end();
}

absl::StatusOr<std::shared_ptr<const rpc::StreamMessage>> MakeMessage(const Topic& topic, std::string_view place,
                                                                      const Changes& changes, absl::Time time) {
  return Make(topic, place, changes, changes.back().revision, time);
}

absl::StatusOr<std::shared_ptr<const rpc::StreamMessage>> MakeCheckpoint(const Topic& topic, std::string_view place,
                                                                         storage::Revision through) {
  return Make(topic, place, /*changes=*/{}, through, absl::InfinitePast());
}

}  // namespace cimd::watch
