#ifndef CIMD_SERVER_WATCH_SUBSCRIBER_H_
#define CIMD_SERVER_WATCH_SUBSCRIBER_H_

#include <memory>
#include <string>
#include <utility>

#include "server/rpc/stream.h"
#include "server/watch/topic.h"
#include "storage/store.h"

namespace cimd::watch {

// One stream and where it stands. Handed from the reader of history to the hub, once: each field behind the constants
// belongs to whoever has it.
struct Subscriber {
  Subscriber(std::string place, const Topic& topic, std::shared_ptr<rpc::Stream> stream, storage::Revision through)
      : place(std::move(place)), topic(topic), stream(std::move(stream)), through(through) {}

  const std::string place;
  const Topic& topic;
  const std::shared_ptr<rpc::Stream> stream;

  // Everything up to here was told.
  storage::Revision through;
  // What the reader of history reads from; null while it waits for room.
  std::unique_ptr<storage::Watch> history;
};

}  // namespace cimd::watch

#endif  // CIMD_SERVER_WATCH_SUBSCRIBER_H_
