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

// How a judged document becomes what a client is: the part that registering, refreshing and pinning share.
namespace cimd::services {

// Who puts a document in force, and when.
struct Actor {
  std::string_view tenant;
  // Name of the caller's access token.
  std::string_view actor;
  absl::Time now;
};

// A new client of this URL, with a fresh id and nothing else decided. Not idempotent: call it outside of a transaction.
storage::ClientRecord NewClient(std::string_view tenant, std::string_view external_client_id, absl::Time now);

// Keeps the document as a version of the client (a new one, or the one that holds the same bytes, confirmed now) and
// puts it in force in `record`. Writes the version, not the client: true if `record` changed and is to be written.
// The document is valid. A copy that an operator handed in counts as fetched from the moment that the host serves it.
absl::StatusOr<bool> ActivateDocument(storage::Transaction& transaction, const Actor& actor,
                                      const metadata::ResolvedDocument& resolved, storage::ClientRecord& record);

// Puts a version that the client already has in force in `record`; nothing is written.
void PutVersionInForce(int64_t version, const metadata::ResolvedDocument& resolved, storage::ClientRecord& record);

// What the document in force and another one differ in, as seen from the client. `in_force` may be empty.
v1::MetadataDiff DiffFrom(const v1::Client& client, std::string_view in_force_body,
                          const metadata::ResolvedDocument& resolved);

// The id in a client's resource name.
std::string_view ClientIdOf(const v1::Client& client);

}  // namespace cimd::services

#endif  // CIMD_SERVER_RESOURCES_CLIENT_DOCUMENTS_H_
