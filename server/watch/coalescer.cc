#include "server/watch/coalescer.h"

#include <algorithm>

namespace cimd::watch {

void Coalescer::Begin() {
  began_ = Clock::now();
  message_.reset();
  streams_ = 0;
}

void Coalescer::Told(const std::shared_ptr<const rpc::StreamMessage>& message, size_t streams) {
  // Among messages with the same number of streams, the last one is kept, because it is sent last.
  if (streams < streams_) return;
  message_ = message;
  streams_ = streams;
}

void Coalescer::End() { ended_ = Clock::now(); }

bool Coalescer::IsResting() const {
  const Clock::duration rested = Clock::now() - ended_;
  if (rested >= longest_) return false;
  return rested < ended_ - began_ || static_cast<size_t>(message_.use_count()) > streams_ / 2;
}

}  // namespace cimd::watch
