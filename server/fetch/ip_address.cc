#include "server/fetch/ip_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace cimd::fetch {
namespace {

// Clears every bit after the first `length` bits.
IpAddress Masked(IpAddress address, int length) {
  for (int i = 0; i < address.bit_count() / 8; ++i) {
    const int bits = std::clamp(length - 8 * i, 0, 8);
    address.bytes[i] &= static_cast<uint8_t>(0xff << (8 - bits));
  }
  return address;
}

}  // namespace

std::string IpAddress::ToString() const {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(family, bytes.data(), text, sizeof(text));
  return text;
}

std::optional<IpAddress> IpAddressFromSockaddr(const sockaddr* address, socklen_t length) {
  if (length < sizeof(sa_family_t)) return std::nullopt;
  IpAddress result;
  // Copied, because the caller's pointer may not have the alignment of the larger structures.
  if (address->sa_family == AF_INET && length >= sizeof(sockaddr_in)) {
    sockaddr_in v4;
    std::memcpy(&v4, address, sizeof(v4));
    result.family = AF_INET;
    std::memcpy(result.bytes.data(), &v4.sin_addr, sizeof(v4.sin_addr));
    return result;
  }
  if (address->sa_family == AF_INET6 && length >= sizeof(sockaddr_in6)) {
    sockaddr_in6 v6;
    std::memcpy(&v6, address, sizeof(v6));
    result.family = AF_INET6;
    std::memcpy(result.bytes.data(), &v6.sin6_addr, sizeof(v6.sin6_addr));
    return result;
  }
  return std::nullopt;
}

std::optional<IpAddress> ParseIpAddress(absl::string_view text) {
  const std::string terminated(text);
  if (terminated.size() != std::strlen(terminated.c_str())) return std::nullopt;
  IpAddress result;
  result.family = terminated.find(':') == std::string::npos ? AF_INET : AF_INET6;
  if (inet_pton(result.family, terminated.c_str(), result.bytes.data()) != 1) return std::nullopt;
  return result;
}

bool Cidr::Contains(const IpAddress& address) const {
  return address.family == network.family && Masked(address, prefix_length).bytes == network.bytes;
}

std::string Cidr::ToString() const { return absl::StrCat(network.ToString(), "/", prefix_length); }

absl::StatusOr<Cidr> ParseCidr(absl::string_view text) {
  const size_t slash = text.find('/');
  const std::optional<IpAddress> address = ParseIpAddress(text.substr(0, slash));
  if (!address.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat("'", text, "' does not begin with an IP address"));
  }
  Cidr result{*address, address->bit_count()};
  if (slash != absl::string_view::npos) {
    const absl::string_view length = text.substr(slash + 1);
    const bool digits = !length.empty() && length.find_first_not_of("0123456789") == absl::string_view::npos;
    if (!digits || !absl::SimpleAtoi(length, &result.prefix_length) || result.prefix_length > address->bit_count()) {
      return absl::InvalidArgumentError(
          absl::StrCat("'", text, "' needs a prefix length from 0 to ", address->bit_count(), " after the slash"));
    }
  }
  result.network = Masked(*address, result.prefix_length);
  if (result.network.bytes != address->bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", text, "' has address bits beyond its prefix; the block is ", result.ToString()));
  }
  return result;
}

}  // namespace cimd::fetch
