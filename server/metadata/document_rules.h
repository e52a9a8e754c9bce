#ifndef CIMD_SERVER_METADATA_DOCUMENT_RULES_H_
#define CIMD_SERVER_METADATA_DOCUMENT_RULES_H_

#include <cstddef>
#include <string_view>

#include "cimd/v1/admin_service.pb.h"

namespace cimd::metadata {

// The tenant's settings that the rules depend on. Does not own the issuer; the caller keeps it alive.
struct DocumentRules {
  // UNSPECIFIED means STANDARD, as in a tenant's settings.
  v1::DocumentProfile profile = v1::DOCUMENT_PROFILE_STANDARD;
  // The issuer of the tenant's own authorization server, set by its admin. Empty when it is not set.
  std::string_view tenant_issuer;
  // Whether client identifier URLs may name localhost, special-use domains and IP addresses. For development only.
  bool allow_special_hosts = false;

  bool strict() const { return profile == v1::DOCUMENT_PROFILE_STRICT; }
};

// Limits, in bytes, of a client identifier URL and of every URI in a document.
inline constexpr size_t kMaxUriBytes = 2048;
inline constexpr size_t kMaxStrictClientIdUrlBytes = 120;
// Limit, in bytes, of a document (CIMD draft section 8.7 recommends 5 kB).
inline constexpr size_t kMaxDocumentBytes = 5 * 1024;
// Limit of the number of members. The registries have about a hundred names; each ignored member makes a warning.
inline constexpr size_t kMaxMembers = 128;
// Limit of the number of elements of each array that is read.
inline constexpr size_t kMaxArrayElements = 100;
// Limits, in characters. A longer client_name would push the rest of a consent screen out of sight.
inline constexpr size_t kMaxClientNameCharacters = 200;
inline constexpr size_t kMaxDescriptionCharacters = 140;

}  // namespace cimd::metadata

#endif  // CIMD_SERVER_METADATA_DOCUMENT_RULES_H_
