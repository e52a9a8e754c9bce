#include "server/rpc/request_validator.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "fmt/format.h"
#include "fmt/ranges.h"
#include "server/text/utf8.h"

namespace cimd::services {
namespace {

constexpr size_t kMaxUrlBytes = 2048;

bool IsHostName(std::string_view host) {
  if (host.empty() || host.size() > 253) return false;
  while (true) {
    const size_t dot = host.find('.');
    std::string_view label = host.substr(0, dot);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    bool plain = std::all_of(label.begin(), label.end(),
                             [](char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-'; });
    if (!plain) return false;
    if (dot == std::string_view::npos) return true;
    host.remove_prefix(dot + 1);
  }
}

bool IsPort(std::string_view port) {
  int value = 0;
  for (char c : port) {
    if (!absl::ascii_isdigit(c)) return false;
    value = std::min(value * 10 + (c - '0'), 65536);
  }
  return !port.empty() && value > 0 && value <= 65535;
}

// host[:port], where the host is a name or an IPv6 address in brackets.
bool IsAuthority(std::string_view authority) {
  std::string_view host = authority;
  if (host.starts_with('[')) {
    const size_t bracket = host.find(']');
    if (bracket == std::string_view::npos) return false;
    std::string_view address = host.substr(1, bracket - 1);
    std::string_view rest = host.substr(bracket + 1);
    bool plain = std::all_of(address.begin(), address.end(),
                             [](char c) { return absl::ascii_isxdigit(c) || c == ':' || c == '.'; });
    return plain && !address.empty() && (rest.empty() || (rest.front() == ':' && IsPort(rest.substr(1))));
  }
  const size_t colon = host.find(':');
  if (colon != std::string_view::npos && !IsPort(host.substr(colon + 1))) return false;
  return IsHostName(absl::AsciiStrToLower(std::string(host.substr(0, colon))));
}

bool IsUrlText(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isgraph(c) && std::string_view("\\\"<>^`{|}").find(c) == std::string_view::npos;
  });
}

bool HasHexAt(std::string_view value, std::initializer_list<size_t> hyphens) {
  for (size_t i = 0; i < value.size(); ++i) {
    const bool hyphen = std::find(hyphens.begin(), hyphens.end(), i) != hyphens.end();
    if (hyphen ? value[i] != '-' : !absl::ascii_isxdigit(value[i])) return false;
  }
  return true;
}

}  // namespace

void RequestValidator::Add(std::string_view field, std::string_view reason, std::string description) {
  violations_.push_back({std::string(field), std::string(reason), std::move(description)});
}

void RequestValidator::Require(std::string_view field, bool present) {
  if (!present) Add(field, "REQUIRED", "is required");
}

void RequestValidator::MaxBytes(std::string_view field, std::string_view value, size_t max) {
  if (value.size() > max)
    Add(field, "TOO_LONG", fmt::format("has {} bytes; at most {} are allowed", value.size(), max));
}

void RequestValidator::MaxCharacters(std::string_view field, std::string_view value, size_t max) {
  const size_t count = text::CountCharacters(value);
  if (count > max) Add(field, "TOO_LONG", fmt::format("has {} characters; at most {} are allowed", count, max));
}

void RequestValidator::MaxElements(std::string_view field, size_t count, size_t max) {
  if (count > max) Add(field, "TOO_MANY", fmt::format("has {} elements; at most {} are allowed", count, max));
}

void RequestValidator::InRange(std::string_view field, int64_t value, int64_t min, int64_t max) {
  if (value < min || value > max) {
    Add(field, "OUT_OF_RANGE", fmt::format("is {}; allowed are {} to {}", value, min, max));
  }
}

void RequestValidator::OneOf(std::string_view field, std::string_view value,
                             std::initializer_list<std::string_view> allowed) {
  if (std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
    Add(field, "FORMAT", fmt::format("must be one of: {}", fmt::join(allowed, ", ")));
  }
}

void RequestValidator::HttpsUrl(std::string_view field, std::string_view value) {
  constexpr std::string_view kScheme = "https://";
  if (value.empty()) return;
  MaxBytes(field, value, kMaxUrlBytes);
  std::string_view rest = value.starts_with(kScheme) ? value.substr(kScheme.size()) : std::string_view();
  std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  if (!IsAuthority(authority) || !IsUrlText(value) || value.find('#') != std::string_view::npos) {
    Add(field, "FORMAT", "must be an absolute https URL without userinfo or fragment");
  }
}

void RequestValidator::WebOrigin(std::string_view field, std::string_view value) {
  constexpr std::string_view kHttps = "https://";
  constexpr std::string_view kHttp = "http://";
  bool valid = false;
  if (value.starts_with(kHttps)) {
    valid = IsAuthority(value.substr(kHttps.size()));
  } else if (value.starts_with(kHttp)) {
    std::string_view authority = value.substr(kHttp.size());
    std::string_view host = authority.starts_with('[') ? authority.substr(0, authority.find(']') + 1)
                                                       : authority.substr(0, authority.find(':'));
    valid = IsAuthority(authority) && (host == "localhost" || host == "127.0.0.1" || host == "[::1]");
  }
  if (!valid) Add(field, "FORMAT", "must be an origin: https://host[:port], or http to a loopback host");
  MaxBytes(field, value, kMaxUrlBytes);
}

void RequestValidator::HostName(std::string_view field, std::string_view value) {
  if (!IsHostName(value)) Add(field, "FORMAT", "must be a lower-case host name without port");
}

void RequestValidator::Sha256Hex(std::string_view field, std::string_view value) {
  if (!value.empty() && (value.size() != 64 || !HasHexAt(value, {}))) {
    Add(field, "FORMAT", "must be a SHA-256 in 64 hexadecimal digits");
  }
}

void RequestValidator::Uuid(std::string_view field, std::string_view value) {
  if (value.size() != 36 || !HasHexAt(value, {8, 13, 18, 23})) {
    Add(field, "FORMAT", "must be a UUID such as 6f1e2a0c-7d5b-4a3e-9c1d-2b8f4e6a7c90");
  }
}

absl::Status RequestValidator::status() const {
  return violations_.empty() ? absl::OkStatus() : rpc::errors::FieldsInvalid(violations_);
}

}  // namespace cimd::services
