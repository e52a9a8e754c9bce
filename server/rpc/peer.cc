#include "server/rpc/peer.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace cimd::rpc {
namespace {

constexpr size_t kMaxAddressBytes = 128;

// Removes the prefix `text`, if `from` has it.
bool TakePrefix(std::string_view& from, std::string_view text) {
  if (!from.starts_with(text)) return false;
  from.remove_prefix(text.size());
  return true;
}

}  // namespace

std::string AddressOfPeer(std::string_view peer) {
  if (TakePrefix(peer, "ipv4:")) {
    peer = peer.substr(0, peer.rfind(':'));
  } else if (TakePrefix(peer, "ipv6:")) {
    // The brackets are percent-encoded by some versions of gRPC.
    if (TakePrefix(peer, "%5B") || TakePrefix(peer, "[")) {
      peer = peer.substr(0, std::min(peer.find("%5D"), peer.find(']')));
    }
  }
  return std::string(peer.substr(0, kMaxAddressBytes));
}

}  // namespace cimd::rpc
