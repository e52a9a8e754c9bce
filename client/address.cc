#include "client/address.h"

#include <algorithm>
#include <string>

#include "absl/strings/numbers.h"
#include "fmt/format.h"

namespace cimd::client {
namespace {

bool StartsWithAny(std::string_view text, std::initializer_list<std::string_view> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](std::string_view p) { return text.starts_with(p); });
}

bool IsUnixSocket(std::string_view address) { return StartsWithAny(address, {"unix:", "unix-abstract:"}); }

absl::Status Wrong(std::string_view address, std::string_view why) {
  return absl::InvalidArgumentError(fmt::format("the server's address '{}' {}", address, why));
}

}  // namespace

absl::Status CheckAddress(std::string_view address) {
  if (address.empty()) return absl::InvalidArgumentError("the server's address is empty");
  if (IsUnixSocket(address) || StartsWithAny(address, {"dns:", "ipv4:", "ipv6:"})) return absl::OkStatus();
  if (address.find("://") != std::string_view::npos) {
    return Wrong(address, "is a URL; name the host and the port of its gRPC endpoint, such as 127.0.0.1:8470");
  }
  if (address.find('/') != std::string_view::npos) {
    return Wrong(address, "has a path; it must be host:port, such as 127.0.0.1:8470, or unix:/path");
  }
  const size_t colon = address.rfind(':');
  const bool bracketed = address.front() == '[';
  if (bracketed ? address.find("]:") == std::string_view::npos : colon == std::string_view::npos) {
    return Wrong(address, fmt::format("has no port, such as {}:8470", address));
  }
  if (!bracketed && address.find(':') != colon) {
    return Wrong(address, "must have its IPv6 address in brackets, such as [::1]:8470");
  }
  int port = 0;
  if (!absl::SimpleAtoi(std::string(address.substr(colon + 1)), &port) || port < 1 || port > 65535) {
    return Wrong(address, "has no port between 1 and 65535");
  }
  if (colon == 0) return Wrong(address, "has no host");
  return absl::OkStatus();
}

bool IsLoopbackAddress(std::string_view address) {
  if (IsUnixSocket(address)) return true;
  for (std::string_view scheme : {"dns:///", "ipv4:", "ipv6:"}) {
    if (address.starts_with(scheme)) address.remove_prefix(scheme.size());
  }
  // gRPC accepts a list of addresses after "ipv4:". A list does not count as loopback, because any of its addresses may
  // be remote.
  if (address.find(',') != std::string_view::npos) return false;
  const std::string_view host = address.substr(0, address.rfind(':'));
  return host == "localhost" || host == "[::1]" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos);
}

}  // namespace cimd::client
