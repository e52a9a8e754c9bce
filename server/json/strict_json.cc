#include "server/json/strict_json.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "server/json/json_path.h"
#include "server/text/utf8.h"

namespace cimd::json {
namespace {

// The four hexadecimal digits at the start of `text`, if they are there.
std::optional<uint32_t> FourHexDigits(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  uint32_t value = 0;
  for (char c : text.substr(0, 4)) {
    uint32_t digit;
    if (c >= '0' && c <= '9') {
      digit = c - '0';
    } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
      digit = (c | 0x20) - 'a' + 10;
    } else {
      return std::nullopt;
    }
    value = value * 16 + digit;
  }
  return value;
}

// Offset of the first ill-formed UTF-8 sequence or unpaired escaped surrogate in `text`; npos when there is none. JSON
// allows a backslash only at the beginning of an escape.
size_t FindUnicodeFault(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    const size_t length = text::FirstCharacterBytes(text.substr(i));
    if (length == 0) return i;
    if (text[i] != '\\') {
      i += length;
      continue;
    }
    if (text.substr(i, 2) != "\\u") {
      i += 2;
      continue;
    }
    const uint32_t unit = FourHexDigits(text.substr(i + 2)).value_or(0);
    if (unit < 0xd800 || unit > 0xdfff) {
      i += 6;
      continue;
    }
    if (unit >= 0xdc00 || text.size() < i + 12 || text.substr(i + 6, 2) != "\\u") return i;
    const uint32_t low = FourHexDigits(text.substr(i + 8)).value_or(0);
    if (low < 0xdc00 || low > 0xdfff) return i;
    i += 12;
  }
  return std::string_view::npos;
}

// Builds the value from the library's parse events and refuses what the library accepts. The library keeps its parser
// stack on the heap, so nesting cannot exhaust the thread's stack.
class Builder final : public nlohmann::json_sax<Value> {
 public:
  Builder(std::string_view text, int max_depth) : text_(text), max_depth_(max_depth) {}

  bool null() override { return Add(nullptr); }
  bool boolean(bool value) override { return Add(value); }
  bool number_integer(number_integer_t value) override { return Add(value); }
  bool number_unsigned(number_unsigned_t value) override { return Add(value); }
  bool number_float(number_float_t value, const string_t&) override { return Add(value); }
  bool string(string_t& value) override { return Add(std::move(value)); }
  bool binary(binary_t&) override { return Fail(Fault::kMalformed, "binary data"); }
  bool start_object(size_t) override { return Open(Value::object()); }
  bool start_array(size_t) override { return Open(Value::array()); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }

  bool key(string_t& name) override {
    Level& level = levels_.back();
    const bool fresh = level.names.insert(name).second;
    level.name = std::move(name);
    level.inside = true;
    return fresh || Fail(Fault::kMemberDuplicate, "a member name that was used before in the same object");
  }

  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception&) override {
    if (FindUnicodeFault(text_) < position) {
      return Fail(Fault::kUtf8Invalid, absl::StrCat("text that is not Unicode near byte ", position));
    }
    return Fail(Fault::kMalformed, absl::StrCat("not JSON (RFC 8259) at byte ", position));
  }

  std::variant<Value, ParseError> Take() && {
    if (error_.has_value()) return *std::move(error_);
    return std::move(root_);
  }

 private:
  // An object or array that has begun and not ended.
  struct Level {
    Value value;
    // The member or element that is being read; `inside` tells whether there is one.
    std::string name;
    size_t index = 0;
    bool inside = false;
    // A hash set, so that the work stays linear in what an attacker sends.
    absl::flat_hash_set<std::string> names;
  };

  bool Open(Value container) {
    if (static_cast<int>(levels_.size()) >= max_depth_) {
      return Fail(Fault::kTooDeep, absl::StrCat("nested deeper than ", max_depth_));
    }
    if (!levels_.empty()) levels_.back().inside = true;
    levels_.push_back(Level{.value = std::move(container), .name = {}, .names = {}});
    return true;
  }

  bool Close() {
    Value value = std::move(levels_.back().value);
    levels_.pop_back();
    return Add(std::move(value));
  }

  bool Add(Value value) {
    if (levels_.empty()) {
      root_ = std::move(value);
      return true;
    }
    Level& level = levels_.back();
    if (level.value.is_object()) {
      // Appends without the linear search of emplace(); key() has checked that the name is new.
      using Members = std::vector<Value::object_t::value_type>;
      static_cast<Members&>(level.value.get_ref<Value::object_t&>()).emplace_back(level.name, std::move(value));
    } else {
      level.value.push_back(std::move(value));
      ++level.index;
    }
    level.inside = false;
    return true;
  }

  bool Fail(Fault fault, std::string message) {
    error_ = ParseError{.fault = fault, .path = Path(), .message = std::move(message)};
    return false;
  }

  std::string Path() const {
    std::string path = "$";
    for (const Level& level : levels_) {
      if (level.value.is_array()) {
        path = ElementPath(path, level.index);
      } else if (level.inside) {
        path = MemberPath(path, level.name);
      }
    }
    return path;
  }

  const std::string_view text_;
  const int max_depth_;
  std::vector<Level> levels_;
  Value root_;
  std::optional<ParseError> error_;
};

}  // namespace

std::variant<Value, ParseError> ParseStrict(std::string_view text, int max_depth) {
  // The library would skip a byte order mark and stop at a NUL byte.
  if (text.starts_with("\xef\xbb\xbf")) {
    return ParseError{.fault = Fault::kMalformed, .path = "$", .message = "begins with a byte order mark"};
  }
  if (text.find('\0') != std::string_view::npos) {
    return ParseError{.fault = Fault::kMalformed, .path = "$", .message = "contains a NUL byte"};
  }
  Builder builder(text, max_depth);
  Value::sax_parse(text.begin(), text.end(), &builder);
  return std::move(builder).Take();
}

bool IsNullOrEmpty(const Value& value) {
  return value.is_null() || ((value.is_array() || value.is_object()) && value.empty()) ||
         (value.is_string() && value.get_ref<const std::string&>().empty());
}

}  // namespace cimd::json
