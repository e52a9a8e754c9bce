#include "server/jose/base64url.h"

#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"

namespace cimd::jose {
namespace {

// Debian's Abseil is built with its own string_view type.
absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

std::optional<std::string> DecodeBase64Url(std::string_view text) {
  std::string bytes;
  // The library accepts padding, white space and non-zero unused bits. Encoding the result again detects them.
  if (!absl::WebSafeBase64Unescape(View(text), &bytes) || EncodeBase64Url(bytes) != text) return std::nullopt;
  return bytes;
}

std::string EncodeBase64Url(std::string_view bytes) { return absl::WebSafeBase64Escape(View(bytes)); }

}  // namespace cimd::jose
