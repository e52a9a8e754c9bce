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
  // The document mapped to the fields that an authorization server uses. Values that break a rule are left out. Absent
  // when the bytes are no JSON object. May be registered only when `validation` is valid.
  std::optional<v1::ClientMetadata> metadata;
};

// Judges and maps the bytes that a client identifier URL served, or that an operator supplied for it. An attacker
// controls both arguments. Pure: nothing that the document names is looked up or fetched. A document longer than
// kMaxDocumentBytes is refused unread; the work and the number of findings are linear in the document.
//
// STANDARD is the CIMD draft with the profile of the Model Context Protocol, lenient with mistakes that do no harm. A
// warning tells every leniency. STRICT has the reference product's rules:
//
//                                         STANDARD                            STRICT
//   member that is null or empty          absent, warning                     judged as it is
//   array element of the wrong type       left out, warning                   violation
//   no client_name                        warning; the host is shown          violation
//   no grant_types                        authorization_code, warning         violation
//   unsupported grant type                left out, warning                   left out, warning
//   unusable redirect URI                 left out, warning                   violation
//   redirect URI listed twice             left out, warning                   violation
//   private-use redirect scheme           allowed                             violation
//   no application_type                   native if a redirect URI needs it   web
//   web with a loopback redirect URI      warning                             violation
//   no token_endpoint_auth_method         none, warning                       none
//   token_endpoint_auth_methods_supported strongest common one is chosen      ignored, warning
//   jwks in the document                  kept with the version, warning      violation
//   unusable keys, method none            not used, warning                   violation
//   unusable logo_uri                     left out, warning                   violation
//   client_uri                            mapped                              ignored, warning
//   description over 140 characters       left out, warning                   violation
//   markup in client_name                 warning                             violation
//
// In both profiles, violations are: a client_id that is not byte for byte `url`; a client_name that shows nothing or
// hides characters; no usable redirect URI for a grant type that needs one; shared secrets; private keys; hostile
// redirect schemes; a jwks_uri on another origin for private_key_jwt; and JSON that two parsers could read differently.
// Members that are not understood are ignored with one warning each.
DocumentReport JudgeDocument(std::string_view bytes, std::string_view url, const DocumentRules& rules);

}  // namespace cimd::metadata

#endif  // CIMD_SERVER_METADATA_METADATA_DOCUMENT_H_
