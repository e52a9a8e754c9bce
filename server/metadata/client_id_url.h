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
  // Every broken rule and every warning, in the order of the URL's parts. The URL may be used when violations is empty.
  std::vector<v1::Finding> violations;
  std::vector<v1::Finding> warnings;

  // The parts as written, empty as far as the URL has none. Only for a URL without violations may they be relied on.
  std::string host;
  std::string path;
  // The port in effect; 0 when it is not valid.
  uint16_t port = 0;
  // Scheme, host and port in the form that origins are compared in; empty when there is no valid one.
  std::string origin;

  bool valid() const { return violations.empty(); }
};

// Judges a client identifier URL by its bytes (CIMD draft section 3, RFC 3986; in the STRICT profile also the reference
// product's limits) before anything is resolved or fetched. The URL is attacker-controlled: at authorization endpoints
// anybody may send one. Nothing is decoded, trimmed or normalised, so that the URL that was judged, the URL that is
// fetched and the identifier that is stored are the same bytes. Pure; linear in the URL, which is not looked at when it
// is longer than kMaxUriBytes.
//
//                                   STANDARD         STRICT
//   longer than                     2048 bytes       120 bytes
//   query                           warning          violation
//   path "/"                        warning          violation
//   other spellings than normal     warning          warning
ClientIdUrlReport JudgeClientIdUrl(std::string_view url, const DocumentRules& rules);

}  // namespace cimd::metadata

#endif  // CIMD_SERVER_METADATA_CLIENT_ID_URL_H_
