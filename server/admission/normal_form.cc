#include "server/admission/normal_form.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/metadata/uri.h"

namespace cimd::admission {
namespace {

using std::string_view;

int HexValue(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  return absl::ascii_tolower(static_cast<unsigned char>(digit)) - 'a' + 10;
}

bool IsTripletAt(string_view text, size_t i) {
  return text[i] == '%' && i + 2 < text.size() && absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 1])) &&
         absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 2]));
}

bool IsUnreserved(unsigned char c) { return absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~'; }

// RFC 3986 section 5.2.4. `path` is empty or begins with a slash.
std::string WithoutDotSegments(string_view path) {
  std::vector<string_view> segments;
  bool ends_open = true;  // whether the last segment was "." or "..", which leaves a slash at the end
  while (!path.empty()) {
    path.remove_prefix(1);
    const string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    ends_open = segment == "." || segment == "..";
    if (!ends_open) {
      segments.push_back(segment);
    } else if (segment == ".." && !segments.empty()) {
      segments.pop_back();
    }
  }
  std::string result;
  for (const string_view segment : segments)
    absl::StrAppend(&result, "/", absl::string_view(segment.data(), segment.size()));
  if (ends_open) result += '/';
  return result;
}

}  // namespace

std::string NormalizeEncoding(string_view text) {
  std::string result;
  result.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (!IsTripletAt(text, i)) {
      result += text[i];
      continue;
    }
    const auto byte = static_cast<unsigned char>(HexValue(text[i + 1]) * 16 + HexValue(text[i + 2]));
    if (IsUnreserved(byte)) {
      result += static_cast<char>(byte);
    } else {
      result += '%';
      result += absl::ascii_toupper(static_cast<unsigned char>(text[i + 1]));
      result += absl::ascii_toupper(static_cast<unsigned char>(text[i + 2]));
    }
    i += 2;
  }
  return result;
}

std::string NormalUrl::text() const {
  return absl::StrCat("https://", host, port.empty() ? "" : ":", port, path, query.has_value() ? "?" : "",
                      query.value_or(""));
}

std::optional<NormalUrl> Normalize(string_view url) {
  const std::optional<metadata::Uri> uri = metadata::SplitUri(url);
  if (!uri.has_value() || !metadata::HasScheme(*uri, "https") || uri->host.empty() ||
      !metadata::IsPercentEncodingValid(url)) {
    return std::nullopt;
  }
  const std::optional<uint16_t> port = metadata::EffectivePort(*uri);
  // RFC 3986 section 3.2.3: an empty port is the default one.
  if (!port.has_value() && uri->port != "") return std::nullopt;
  NormalUrl normal;
  // A triplet in a host is decoded by some readers.
  normal.host = absl::AsciiStrToLower(NormalizeEncoding(uri->host));
  if (normal.host.size() > 1 && normal.host.back() == '.') normal.host.pop_back();
  if (port.value_or(443) != 443) normal.port = absl::StrCat(*port);
  normal.path = WithoutDotSegments(NormalizeEncoding(uri->path));
  if (uri->query.has_value()) normal.query = NormalizeEncoding(*uri->query);
  return normal;
}

}  // namespace cimd::admission
