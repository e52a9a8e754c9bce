#ifndef CIMD_SERVER_RESOURCES_CLIENT_DOCUMENTS_H_
#define CIMD_SERVER_RESOURCES_CLIENT_DOCUMENTS_H_

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cimd/storage/records.pb.h"
#include "cimd/v1/metadata_document.pb.h"
#include "cimd/v1/registration_service.pb.h"
#include "server/metadata/metadata_resolver.h"
#include "storage/store.h"

// How a validated metadata document becomes the state of a client. Shared by registration, refresh and pinning.
namespace cimd::services {

// The actor that puts a document version in force, and the time of the call.
struct Actor {
  std::string_view tenant;
  // Name of the caller's access token.
  std::string_view actor;
  absl::Time now;
};

// Makes a record for a new client of this URL with a random id and default settings. Each call returns another id, so
// call it outside of the transaction, which may run several times.
storage::ClientRecord NewClient(std::string_view tenant, std::string_view external_client_id, absl::Time now);

// Stores the document as a version of the client and puts it in force in `record`. If a version with the same bytes
// exists, it is reused and its confirm_time is set. The document must be valid. Writes the version but not the client;
// returns true when `record` changed and must be written. A version that an operator supplied becomes FETCHED once the
// same bytes are fetched from the client's host.
absl::StatusOr<bool> ActivateDocument(storage::Transaction& transaction, const Actor& actor,
                                      const metadata::ResolvedDocument& resolved, storage::ClientRecord& record);

// Puts an existing version of the client in force in `record`. Writes nothing.
void PutVersionInForce(int64_t version, const metadata::ResolvedDocument& resolved, storage::ClientRecord& record);

// The changes from the client's version in force to `resolved`. `in_force_body` may be empty.
v1::MetadataDiff DiffFrom(const v1::Client& client, std::string_view in_force_body,
                          const metadata::ResolvedDocument& resolved);

// The id in a client's resource name.
std::string_view ClientIdOf(const v1::Client& client);

}  // namespace cimd::services

#endif  // CIMD_SERVER_RESOURCES_CLIENT_DOCUMENTS_H_
