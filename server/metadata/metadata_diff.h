#ifndef CIMD_SERVER_METADATA_METADATA_DIFF_H_
#define CIMD_SERVER_METADATA_METADATA_DIFF_H_

#include <string_view>

#include "cimd/v1/metadata_document.pb.h"

namespace cimd::metadata {

// Tells field by field what applying `proposed` would change for a client that is registered as `registered`, and which
// of it an admin should look at (CIMD draft section 8.3). Both come from documents, attacker-controlled; `registered`
// may also carry what an admin edited, which applying would overwrite and which therefore shows.
//
// Lists are compared as sets, one change per element: another order of redirect_uris is no change. A redirect URI on a
// host that no registered one leads to is told twice, as REDIRECT_ADDED with the URI and as HOST_CHANGED with the host.
// The bodies are the two documents: a top-level member that differs between them without any difference in the fields
// that it is mapped to, is told as "document.NAME" with its JSON text. A body that is no JSON object tells nothing.
//
// Changes that matter for security come first; otherwise they keep the order of ClientMetadata's fields and of the
// documents. Pure; no more than linear-logarithmic in its arguments.
v1::MetadataDiff DiffMetadata(const v1::ClientMetadata& registered, const v1::ClientMetadata& proposed,
                              std::string_view registered_body, std::string_view proposed_body);

}  // namespace cimd::metadata

#endif  // CIMD_SERVER_METADATA_METADATA_DIFF_H_
