#ifndef CIMD_SERVER_WATCH_SUBSCRIBER_H_
#define CIMD_SERVER_WATCH_SUBSCRIBER_H_

#include <memory>
#include <string>
#include <utility>

#include "server/rpc/stream.h"
#include "server/watch/topic.h"
#include "storage/store.h"

namespace cimd::watch {

// One stream and its position. The history reader hands the subscriber to the hub once. Before that, the reader owns
// the mutable fields; afterwards, the hub does.
struct Subscriber {
  Subscriber(std::string place, const Topic& topic, std::shared_ptr<rpc::Stream> stream, storage::Revision through)
      : place(std::move(place)), topic(topic), stream(std::move(stream)), through(through) {}

  const std::string place;
  const Topic& topic;
  const std::shared_ptr<rpc::Stream> stream;

  // The revision up to which everything was sent.
  storage::Revision through;
  // The watch that the history reader reads from; null while the stream waits for room.
  std::unique_ptr<storage::Watch> history;
};

}  // namespace cimd::watch

#endif  // CIMD_SERVER_WATCH_SUBSCRIBER_H_
