#ifndef CIMD_SERVER_METADATA_DOCUMENT_PARTS_H_
#define CIMD_SERVER_METADATA_DOCUMENT_PARTS_H_

#include "cimd/v1/metadata_document.pb.h"
#include "server/metadata/client_id_url.h"
#include "server/metadata/document_members.h"
#include "server/metadata/document_rules.h"

namespace cimd::metadata {

// The groups of rules that make up JudgeDocument(). Each reads its members, adds its findings and fills in its fields
// of the metadata. Values that break a rule are left out. Internal to this folder.
struct DocumentPart {
  DocumentMembers& members;
  const DocumentRules& rules;
  const ClientIdUrlReport& url;
  v1::ClientMetadata& metadata;
};

// grant_types and response_types (RFC 7591 sections 2 and 2.1). Returns whether the client asks for a grant type that
// needs redirect URIs.
bool JudgeGrants(DocumentPart part);

// redirect_uris and application_type (CIMD draft section 4.2, RFC 8252, OpenID Connect Registration section 2).
void JudgeRedirects(DocumentPart part, bool redirect_uri_needed);

// How the client authenticates at the token endpoint (CIMD draft sections 4.1 and 8.2, OpenID RP Metadata Choices).
void JudgeAuthentication(DocumentPart part);

// jwks_uri and jwks, and secrets and private keys anywhere in the document. Call it after JudgeAuthentication(): the
// method decides whether keys are needed.
void JudgeKeys(DocumentPart part);

// client_name, description, logo_uri and client_uri, which people are shown. Call it after JudgeRedirects(): links are
// compared with the hosts of redirect URIs.
void JudgePresentation(DocumentPart part);

}  // namespace cimd::metadata

#endif  // CIMD_SERVER_METADATA_DOCUMENT_PARTS_H_
