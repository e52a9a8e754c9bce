#include "server/metadata/host.h"

#include <arpa/inet.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"

namespace cimd::metadata {
namespace {

using std::string_view;

constexpr string_view kSpecialUseTopLevel[] = {"localhost", "local",   "internal", "onion", "invalid",
                                               "test",      "example", "alt",      "arpa"};

bool IsAddress(int family, string_view text) {
  unsigned char address[sizeof(in6_addr)];
  return inet_pton(family, std::string(text).c_str(), address) == 1;
}

// Parsers that follow the WHATWG URL standard or inet_aton() read a name whose last label is a number as IPv4.
bool IsNumber(string_view label) {
  const bool hexadecimal = label.starts_with("0x");
  if (hexadecimal) label.remove_prefix(2);
  return (hexadecimal || !label.empty()) && std::all_of(label.begin(), label.end(), [&](unsigned char c) {
           return hexadecimal ? absl::ascii_isxdigit(c) : absl::ascii_isdigit(c);
         });
}

bool IsLabel(string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), [](unsigned char c) { return absl::ascii_isalnum(c) || c == '-'; });
}

bool IsDomainName(string_view host) {
  if (host.size() > 253) return false;
  while (true) {
    const size_t dot = host.find('.');
    if (!IsLabel(host.substr(0, dot))) return false;
    if (dot == string_view::npos) return true;
    host.remove_prefix(dot + 1);
  }
}

}  // namespace

bool IsLoopbackHost(string_view host) {
  return host == "127.0.0.1" || host == "[::1]" || absl::AsciiStrToLower(std::string(host)) == "localhost";
}

HostKind ClassifyHost(string_view host) {
  if (host.empty()) return HostKind::kMissing;
  if (host.find('\0') != string_view::npos) return HostKind::kMalformed;
  if (host.front() == '[') {
    if (host.back() != ']') return HostKind::kMalformed;
    return IsAddress(AF_INET6, host.substr(1, host.size() - 2)) ? HostKind::kIpAddress
                                                                : HostKind::kIpAddressOddlySpelled;
  }
  const std::string lower = absl::AsciiStrToLower(std::string(host));
  if (IsAddress(AF_INET, lower)) return HostKind::kIpAddress;
  string_view name = lower;
  if (name.ends_with('.')) name.remove_suffix(1);
  const size_t last_dot = name.rfind('.');
  const string_view last_label = last_dot == string_view::npos ? name : name.substr(last_dot + 1);
  if (IsNumber(last_label)) return HostKind::kIpAddressOddlySpelled;
  if (!IsDomainName(lower)) return HostKind::kMalformed;
  const bool special = last_dot == string_view::npos || absl::c_linear_search(kSpecialUseTopLevel, last_label);
  return special ? HostKind::kSpecialUse : HostKind::kDomainName;
}

}  // namespace cimd::metadata
