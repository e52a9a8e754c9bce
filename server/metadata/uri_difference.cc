#include "server/metadata/uri_difference.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/metadata/host.h"
#include "server/metadata/uri.h"

namespace cimd::metadata {
namespace {

using std::string_view;

bool EqualsIgnoringCase(string_view a, string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return absl::ascii_tolower(x) == absl::ascii_tolower(y); });
}

bool IsHttp(const Uri& uri) { return HasScheme(uri, "http") || HasScheme(uri, "https"); }

string_view WithoutFinalSlash(string_view path) { return path.substr(0, path.size() - (path.ends_with('/') ? 1 : 0)); }

// What of the parts differs. Compare() returns false for a difference that nobody overlooks.
class Comparison {
 public:
  bool Compare(const Uri& a, const Uri& b) {
    return CompareSchemes(a, b) && a.has_authority == b.has_authority && a.userinfo == b.userinfo &&
           CompareHosts(a.host, b.host) && ComparePorts(a, b) && ComparePaths(a.path, b.path) && a.query == b.query &&
           a.fragment == b.fragment;
  }

  std::string Description() const {
    std::vector<std::string> parts;
    if (case_) parts.push_back("upper and lower case");
    if (scheme_) parts.push_back("the scheme");
    if (loopback_host_) parts.push_back("the name of the loopback host");
    if (port_) parts.push_back("the port");
    if (final_slash_) parts.push_back("a final slash");
    if (parts.size() < 2) return absl::StrJoin(parts, "");
    const std::string last = parts.back();
    parts.pop_back();
    return absl::StrCat(absl::StrJoin(parts, ", "), " and ", last);
  }

 private:
  bool CompareSchemes(const Uri& a, const Uri& b) {
    scheme_ = !EqualsIgnoringCase(a.scheme, b.scheme);
    case_ |= !scheme_ && a.scheme != b.scheme;
    return !scheme_ || (IsHttp(a) && IsHttp(b));
  }

  bool CompareHosts(string_view a, string_view b) {
    if (EqualsIgnoringCase(a, b)) {
      case_ |= a != b;
      return true;
    }
    loopback_host_ = IsLoopbackHost(a) && IsLoopbackHost(b);
    return loopback_host_;
  }

  bool ComparePorts(const Uri& a, const Uri& b) {
    // http and https have other default ports; that difference is the scheme's.
    port_ = a.port != b.port;
    return true;
  }

  bool ComparePaths(string_view a, string_view b) {
    final_slash_ = a.ends_with('/') != b.ends_with('/');
    if (final_slash_) {
      a = WithoutFinalSlash(a);
      b = WithoutFinalSlash(b);
    }
    case_ |= a != b;
    return EqualsIgnoringCase(a, b);
  }

  bool case_ = false;
  bool scheme_ = false;
  bool loopback_host_ = false;
  bool port_ = false;
  bool final_slash_ = false;
};

}  // namespace

std::string DescribeSmallDifference(string_view a, string_view b) {
  const std::optional<Uri> first = SplitUri(a);
  const std::optional<Uri> second = SplitUri(b);
  Comparison comparison;
  if (!first.has_value() || !second.has_value() || !comparison.Compare(*first, *second)) return "";
  return comparison.Description();
}

}  // namespace cimd::metadata
