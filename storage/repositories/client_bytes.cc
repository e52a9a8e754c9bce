#include "storage/repositories/client_bytes.h"

#include <cstdint>

#include "cimd/storage/records.pb.h"
#include "cimd/v1/registration_service.pb.h"
#include "fmt/format.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "storage/keys.h"

namespace cimd::storage {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

constexpr uint32_t Tag(int field) { return WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED); }

// Appends the message in field `field` of the serialized message `bytes` to `part`. Protobuf merges repeated
// occurrences of a message field; concatenation has the same effect.
bool AppendMessage(std::string_view bytes, int field, std::string& part) {
  CodedInputStream input(reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int>(bytes.size()));
  for (uint32_t tag; (tag = input.ReadTag()) != 0;) {
    if (tag != Tag(field)) {
      if (!WireFormatLite::SkipField(&input, tag)) return false;
      continue;
    }
    uint32_t size = 0;
    if (!input.ReadVarint32(&size)) return false;
    const auto begin = static_cast<size_t>(input.CurrentPosition());
    if (size > bytes.size() - begin || !input.Skip(static_cast<int>(size))) return false;
    part.append(bytes, begin, size);
  }
  return input.ConsumedEntireMessage();
}

void AppendVarint(size_t value, std::string& message) {
  for (; value > 0x7f; value >>= 7) message.push_back(static_cast<char>((value & 0x7f) | 0x80));
  message.push_back(static_cast<char>(value));
}

// Appends a string or message field. If a string occurs more than once, parsers use the last one.
void AppendField(int field, std::string_view bytes, std::string& message) {
  AppendVarint(Tag(field), message);
  AppendVarint(bytes.size(), message);
  message.append(bytes);
}

absl::StatusOr<std::string> ServedBytes(std::string_view record, Revision revision) {
  std::string client;
  client.reserve(record.size() + 32);
  if (!AppendMessage(record, ClientRecord::kClientFieldNumber, client)) {
    return absl::DataLossError("a stored record does not parse as a client");
  }
  AppendField(v1::Client::kEtagFieldNumber, fmt::format_int(revision).str(), client);
  return client;
}

}  // namespace

absl::StatusOr<std::optional<std::string>> FindClientBytes(const Store& store, std::string_view tenant,
                                                           std::string_view external_client_id) {
  if (external_client_id.size() > kMaxKeyBytes / 2) return std::nullopt;
  absl::StatusOr<std::string> client;
  absl::Status status =
      store.Read(keys::Client(tenant, external_client_id), [&client](std::string_view value, Revision revision) {
        client = ServedBytes(value, revision);
        return client.status();
      });
  if (absl::IsNotFound(status)) return std::nullopt;
  if (!status.ok()) return status;
  return *std::move(client);
}

absl::Status AppendClientField(std::string_view record, Revision revision, int field, std::string& message) {
  const absl::StatusOr<std::string> client = ServedBytes(record, revision);
  if (client.ok()) AppendField(field, *client, message);
  return client.status();
}

}  // namespace cimd::storage
