#ifndef CIMD_SERVER_METADATA_METADATA_DOCUMENT_H_
#define CIMD_SERVER_METADATA_METADATA_DOCUMENT_H_

#include <optional>
#include <string_view>

#include "cimd/v1/metadata_document.pb.h"
#include "server/metadata/document_rules.h"

namespace cimd::metadata {

struct DocumentReport {
  // Every finding, those about the URL included. `valid` is true exactly when there is no violation.
  v1::Validation validation;
  // The document mapped to what an authorization server uses, as far as that could be done: values that break a rule
  // by themselves are left out. Absent when the bytes are no JSON object. May be registered only when `validation` is
  // valid.
  std::optional<v1::ClientMetadata> metadata;
};

// Judges the bytes that a client identifier URL served, or that an operator handed in for it, and maps them. Both
// arguments are attacker-controlled. Pure: nothing that the document names is looked up or fetched. Bounded: a document
// longer than kMaxDocumentBytes is refused unread, and the work and the findings are linear in it.
//
// STANDARD is the CIMD draft with the Model Context Protocol's profile of it; what it lets pass beyond RFC 7591 is told
// in a warning. STRICT is the reference product's rules:
//
//                                        STANDARD                            STRICT
//   no grant_types                       authorization_code, warning         violation
//   unsupported grant type               dropped, warning                    dropped, warning
//   no application_type                  native if a redirect URI needs it   web
//   web with a loopback redirect URI     warning                             violation
//   private-use redirect scheme          allowed                             violation
//   "*" in a redirect URI, or twice one  entry dropped, warning              violation
//   no token_endpoint_auth_method        none, warning                       none
//   token_endpoint_auth_methods_supported strongest common one is chosen     ignored, warning
//   jwks in the document                 kept with the version, warning      violation
//   client_uri                           mapped                              ignored, warning
//   description over 140 characters      left out, warning                   violation
//   markup in client_name                warning                             violation
//
// In both: client_id is byte for byte `url`; client_name is there and shows itself honestly; shared secrets, private
// keys, hostile redirect schemes, foreign jwks_uri and anything that two JSON readers could take for different
// documents are violations; members that nobody here understands are ignored with one warning each.
DocumentReport JudgeDocument(std::string_view bytes, std::string_view url, const DocumentRules& rules);

}  // namespace cimd::metadata

#endif  // CIMD_SERVER_METADATA_METADATA_DOCUMENT_H_
