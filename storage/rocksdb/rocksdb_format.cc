#include "storage/rocksdb/rocksdb_format.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace cimd::storage {
namespace {

constexpr char kPutTag = 'P';
constexpr char kDeleteTag = 'D';

template <typename Unsigned>
void AppendBigEndian(Unsigned number, std::string& out) {
  for (int shift = 8 * (sizeof(number) - 1); shift >= 0; shift -= 8) out.push_back(static_cast<char>(number >> shift));
}

// Removes a number from the front of `bytes` and returns it.
template <typename Unsigned>
std::optional<Unsigned> TakeBigEndian(std::string_view& bytes) {
  if (bytes.size() < sizeof(Unsigned)) return std::nullopt;
  Unsigned number = 0;
  for (size_t i = 0; i < sizeof(number); ++i) number = (number << 8) | static_cast<unsigned char>(bytes[i]);
  bytes.remove_prefix(sizeof(number));
  return number;
}

std::optional<int64_t> TakeInt64(std::string_view& bytes) {
  std::optional<uint64_t> number = TakeBigEndian<uint64_t>(bytes);
  if (!number.has_value() || *number > static_cast<uint64_t>(INT64_MAX)) return std::nullopt;
  return static_cast<int64_t>(*number);
}

void AppendBytes(std::string_view bytes, std::string& out) {
  AppendBigEndian(static_cast<uint32_t>(bytes.size()), out);
  out.append(bytes);
}

// Removes a length and that many bytes from the front of `bytes`, and returns the bytes.
std::optional<std::string_view> TakeBytes(std::string_view& bytes) {
  std::optional<uint32_t> size = TakeBigEndian<uint32_t>(bytes);
  if (!size.has_value() || *size > bytes.size()) return std::nullopt;
  std::string_view taken = bytes.substr(0, *size);
  bytes.remove_prefix(*size);
  return taken;
}

}  // namespace

std::string EncodeInt64(int64_t number) {
  std::string out;
  AppendBigEndian(static_cast<uint64_t>(number), out);
  return out;
}

std::optional<int64_t> DecodeInt64(std::string_view bytes) {
  std::optional<int64_t> number = TakeInt64(bytes);
  return bytes.empty() ? number : std::nullopt;
}

std::optional<StoredValue> DecodeValue(std::string_view bytes) {
  std::optional<Revision> revision = TakeInt64(bytes);
  if (!revision.has_value()) return std::nullopt;
  return StoredValue{*revision, bytes};
}

std::string AppendedKey(std::string_view prefix, Revision revision, uint32_t ordinal) {
  std::string key(prefix);
  AppendBigEndian(static_cast<uint64_t>(revision), key);
  AppendBigEndian(ordinal, key);
  return key;
}

std::string EncodeHistoryRecord(const HistoryRecord& record) {
  std::string out;
  AppendBigEndian(static_cast<uint64_t>(record.previous), out);
  for (const Change& change : record.changes) {
    out.push_back(change.value.has_value() ? kPutTag : kDeleteTag);
    AppendBytes(change.key, out);
    if (change.value.has_value()) AppendBytes(*change.value, out);
  }
  return out;
}

std::optional<HistoryRecord> DecodeHistoryRecord(std::string_view bytes, std::string_view prefix) {
  std::optional<Revision> previous = TakeInt64(bytes);
  if (!previous.has_value()) return std::nullopt;
  HistoryRecord record{*previous, {}};
  while (!bytes.empty()) {
    char tag = bytes.front();
    bytes.remove_prefix(1);
    if (tag != kPutTag && tag != kDeleteTag) return std::nullopt;
    std::optional<std::string_view> key = TakeBytes(bytes);
    if (!key.has_value()) return std::nullopt;
    std::optional<std::string> value;
    bool wanted = key->starts_with(prefix);
    if (tag == kPutTag) {
      std::optional<std::string_view> stored = TakeBytes(bytes);
      if (!stored.has_value()) return std::nullopt;
      if (wanted) value.emplace(*stored);
    }
    if (wanted) record.changes.push_back(Change{std::string(*key), std::move(value)});
  }
  return record;
}

}  // namespace cimd::storage
