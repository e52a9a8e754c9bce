#ifndef CIMD_SERVER_METADATA_DOCUMENT_RULES_H_
#define CIMD_SERVER_METADATA_DOCUMENT_RULES_H_

#include <cstddef>
#include <string_view>

#include "cimd/v1/admin_service.pb.h"

namespace cimd::metadata {

// What a tenant holds client identifier URLs and documents to. A view: whoever fills it in keeps the issuer alive.
struct DocumentRules {
  // UNSPECIFIED means STANDARD, as it does in a tenant's settings.
  v1::DocumentProfile profile = v1::DOCUMENT_PROFILE_STANDARD;
  // The issuer of the tenant's own authorization server, set by its admin; empty when it has none yet.
  std::string_view tenant_issuer;
  // Whether client identifier URLs may name localhost, special-use domains and IP addresses. For development only.
  bool allow_special_hosts = false;

  bool strict() const { return profile == v1::DOCUMENT_PROFILE_STRICT; }
};

// Bytes of a client identifier URL, and of every URI in a document.
inline constexpr size_t kMaxUriBytes = 2048;
inline constexpr size_t kMaxStrictClientIdUrlBytes = 120;
// Bytes of a document (CIMD draft section 8.7 recommends 5 kB).
inline constexpr size_t kMaxDocumentBytes = 5 * 1024;
// Members of a document. The registries know about a hundred names; each one that is ignored becomes a warning.
inline constexpr size_t kMaxMembers = 128;
// Elements of any one array that is read.
inline constexpr size_t kMaxArrayElements = 100;
// Characters of client_name. More than a consent screen can show without hiding what stands beside it.
inline constexpr size_t kMaxClientNameCharacters = 200;
inline constexpr size_t kMaxDescriptionCharacters = 140;

}  // namespace cimd::metadata

#endif  // CIMD_SERVER_METADATA_DOCUMENT_RULES_H_
