#ifndef CIMD_STORAGE_REPOSITORIES_CLIENT_BYTES_H_
#define CIMD_STORAGE_REPOSITORIES_CLIENT_BYTES_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "storage/store.h"

namespace cimd::storage {

// The serialized v1.Client of a URL, with its etag; nullopt when there is no such client. For the path of lookups: one
// read, without parsing the client, whose message is stored as it is sent. The result is equivalent to serializing
// ServedClient of FindClientByUrl. kDataLoss when the record's outer fields do not parse.
absl::StatusOr<std::optional<std::string>> FindClientBytes(const Store& store, std::string_view tenant,
                                                           std::string_view external_client_id);

// Appends the same of a stored record to a serialized message, as field `field`.
absl::Status AppendClientField(std::string_view record, Revision revision, int field, std::string& message);

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_REPOSITORIES_CLIENT_BYTES_H_
