#include "server/crypto/random.h"

#include <sys/random.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace cimd::crypto {

std::string RandomAlphanumeric(size_t length) {
  static constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::string text;
  text.reserve(length);
  while (text.size() < length) {
    uint8_t bytes[64];
    if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes)) std::abort();
    for (uint8_t byte : bytes) {
      // 248 is the largest multiple of 62 in a byte: what is above would favour the first letters.
      if (byte < 248 && text.size() < length) text.push_back(kAlphabet[byte % kAlphabet.size()]);
    }
  }
  return text;
}

}  // namespace cimd::crypto
