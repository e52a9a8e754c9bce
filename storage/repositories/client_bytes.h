#ifndef CIMD_STORAGE_REPOSITORIES_CLIENT_BYTES_H_
#define CIMD_STORAGE_REPOSITORIES_CLIENT_BYTES_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "storage/store.h"

namespace cimd::storage {

// The client that is stored for a URL as the bytes of the v1.Client that callers see, with its etag; nullopt when there
// is none. One read, and nothing is parsed but the frame: the client's message lies in the record as it goes over the
// wire. The same as serializing ServedClient of FindClientByUrl, which the hot path has no time for. kDataLoss when the
// frame does not check out.
absl::StatusOr<std::optional<std::string>> FindClientBytes(const Store& store, std::string_view tenant,
                                                           std::string_view external_client_id);

// The same of a client's record at hand, appended to the bytes of a message that has it in field `field`.
absl::Status AppendClientField(std::string_view record, Revision revision, int field, std::string& message);

}  // namespace cimd::storage

#endif  // CIMD_STORAGE_REPOSITORIES_CLIENT_BYTES_H_
