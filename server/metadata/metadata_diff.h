#ifndef CIMD_SERVER_METADATA_METADATA_DIFF_H_
#define CIMD_SERVER_METADATA_METADATA_DIFF_H_

#include <string_view>

#include "cimd/v1/metadata_document.pb.h"

namespace cimd::metadata {

// The differences between a client as it is registered and what a document proposes, one for each field or list
// element, and which of them an admin should look at (CIMD draft section 8.3). Both come from documents, which an
// attacker controls; `registered` may also have values that an admin edited and that applying would overwrite.
//
// - Lists are compared as sets: another order of redirect_uris is no difference.
// - A redirect URI on a host that no registered one leads to makes two differences: "callbacks" with the URI
//   (REDIRECT_ADDED) and "callbacks.host" with the host (HOST_CHANGED).
// - When either side has no external_client_id, the client is being registered or deleted. Then every impact is NONE.
// - The bodies are the two documents. A top-level member that differs between them without a difference in the fields
//   that it is mapped to becomes "document.NAME" with its JSON text. Bodies that are no JSON objects are not compared.
//
// Differences that matter for security come first; otherwise they keep the order of ClientMetadata's fields and of the
// documents. Pure; linear-logarithmic in its arguments.
v1::MetadataDiff DiffMetadata(const v1::ClientMetadata& registered, const v1::ClientMetadata& proposed,
                              std::string_view registered_body, std::string_view proposed_body);

}  // namespace cimd::metadata

#endif  // CIMD_SERVER_METADATA_METADATA_DIFF_H_
