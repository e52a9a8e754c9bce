#ifndef CIMD_SERVER_MUTATIONS_FIELD_CHANGES_H_
#define CIMD_SERVER_MUTATIONS_FIELD_CHANGES_H_

#include <optional>
#include <string>
#include <string_view>

#include "cimd/storage/records.pb.h"
#include "google/protobuf/message.h"

namespace cimd::services {

// How two states of a resource differ, field by field, as an audit event tells it: for any message, by its descriptor.
//
// Secret fields are told of without their values; the source lists them. What changes with every write (etag, times)
// is not told at all. Elements of lists are compared as a set, one change for each; a nested message's fields have its
// path before them; an absent value is an empty one. Values come from callers and documents: they are cut to
// kMaxChangeValueBytes at a character's end, and of more than kMaxChanges changes the rest is only counted.
inline constexpr size_t kMaxChangeValueBytes = 512;
inline constexpr int kMaxChanges = 100;

// Adds the changes from `before` to `after`, which are of one type, with `path` before every field's name.
void AddFieldChanges(const google::protobuf::Message& before, const google::protobuf::Message& after,
                     std::string_view path, storage::AuditRecord& event);

// Adds one change, or counts it.
void AddFieldChange(std::string_view field, std::optional<std::string_view> old_value,
                    std::optional<std::string_view> new_value, storage::AuditRecord& event);

// Cuts and counts changes that somebody else has put into the event.
void BoundFieldChanges(storage::AuditRecord& event);

// Whether two states differ in anything but what changes with every write.
bool IsChanged(const google::protobuf::Message& before, const google::protobuf::Message& after);

// SHA-256 of a resource, lower-case hexadecimal, with its secret fields left out.
std::string ResourceDigest(const google::protobuf::Message& resource);

}  // namespace cimd::services

#endif  // CIMD_SERVER_MUTATIONS_FIELD_CHANGES_H_
