#ifndef CIMD_SERVER_METADATA_CLIENT_ID_URL_H_
#define CIMD_SERVER_METADATA_CLIENT_ID_URL_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cimd/v1/metadata_document.pb.h"
#include "server/metadata/document_rules.h"

namespace cimd::metadata {

// The path of findings about the client identifier URL itself.
inline constexpr std::string_view kClientIdUrlPath = "external_client_id";

struct ClientIdUrlReport {
  // Broken rules and warnings, each in the order of the URL's parts. The URL may be used when there are no violations.
  std::vector<v1::Finding> violations;
  std::vector<v1::Finding> warnings;

  // The parts as written; empty when the URL has none. Meaningful only for a URL without violations.
  std::string host;
  std::string path;
  // The port in effect; 0 when it is not valid.
  uint16_t port = 0;
  // Scheme, host and port in normal form, for comparing origins; empty when the URL has no valid origin.
  std::string origin;

  bool valid() const { return violations.empty(); }
};

// Judges a client identifier URL by its bytes (CIMD draft section 3, RFC 3986), before anything is resolved or fetched.
// STRICT adds the reference product's limits. The URL comes from an attacker: anybody can send one to an authorization
// endpoint. Nothing is decoded, trimmed or normalised; the URL that is judged, the URL that is fetched and the stored
// identifier are the same bytes. Pure; linear. A URL longer than kMaxUriBytes is refused unread.
//
//                                   STANDARD         STRICT
//   longer than                     2048 bytes       120 bytes
//   query                           warning          violation
//   path "/"                        warning          violation
//   other spellings than normal     warning          warning
ClientIdUrlReport JudgeClientIdUrl(std::string_view url, const DocumentRules& rules);

}  // namespace cimd::metadata

#endif  // CIMD_SERVER_METADATA_CLIENT_ID_URL_H_
