#ifndef CIMD_SERVER_MUTATIONS_FIELD_CHANGES_H_
#define CIMD_SERVER_MUTATIONS_FIELD_CHANGES_H_

#include <optional>
#include <string>
#include <string_view>

#include "cimd/storage/records.pb.h"
#include "google/protobuf/message.h"

namespace cimd::services {

// Differences between two states of a resource, field by field, for audit events. Works on any message, by its
// descriptor.
//
// Changes of secret fields (kSecretFields in the source) are reported without values. Fields that every write sets
// (etag, times) are not reported. Lists are compared as sets, with one change for each element. Fields of a nested
// message are prefixed with its path. An absent value counts as empty. Values come from callers and fetched documents,
// so they are limited: each value is cut to kMaxChangeValueBytes at a character boundary, and changes beyond
// kMaxChanges are only counted, in omitted_changes.
inline constexpr size_t kMaxChangeValueBytes = 512;
inline constexpr int kMaxChanges = 100;

// Adds the changes from `before` to `after`, which have the same type. Each field name is prefixed with `path`.
void AddFieldChanges(const google::protobuf::Message& before, const google::protobuf::Message& after,
                     std::string_view path, storage::AuditRecord& event);

// Adds one change, or counts it as omitted when the event has kMaxChanges.
void AddFieldChange(std::string_view field, std::optional<std::string_view> old_value,
                    std::optional<std::string_view> new_value, storage::AuditRecord& event);

// Applies both limits to changes that were added to the event directly.
void BoundFieldChanges(storage::AuditRecord& event);

// Whether two states differ in a field other than those that every write sets.
bool IsChanged(const google::protobuf::Message& before, const google::protobuf::Message& after);

// SHA-256 of a resource without its secret fields, in lower-case hexadecimal.
std::string ResourceDigest(const google::protobuf::Message& resource);

}  // namespace cimd::services

#endif  // CIMD_SERVER_MUTATIONS_FIELD_CHANGES_H_
