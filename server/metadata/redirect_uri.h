#ifndef CIMD_SERVER_METADATA_REDIRECT_URI_H_
#define CIMD_SERVER_METADATA_REDIRECT_URI_H_

#include <string>
#include <string_view>

#include "server/metadata/document_rules.h"
#include "server/metadata/findings.h"

namespace cimd::metadata {

// Where a redirect URI leads. Every redirect URI is text that an attacker controls.
enum class RedirectUriKind {
  kMalformed,
  kHttps,
  // http on 127.0.0.1, [::1] or localhost, in just these spellings (RFC 8252 section 7.3).
  kLoopback,
  // A scheme that an installed application claims for itself (RFC 8252 section 7.1).
  kPrivateUse,
  // http to any other host.
  kPlainHttp,
  // A scheme that leads back into the browser or into another program; see IsHostileScheme().
  kHostile,
};

RedirectUriKind ClassifyRedirectUri(std::string_view uri);

// Whether no application can own the scheme: it runs script, shows local files, hands text to another program or speaks
// another protocol. Case does not matter.
bool IsHostileScheme(std::string_view scheme);

struct RedirectUriReport {
  RedirectUriKind kind = RedirectUriKind::kMalformed;
  Remarks remarks;
  // Whether the URI may be matched. False without a violation when STANDARD leaves the entry out of the document.
  bool usable = false;
};

// Judges one entry of redirect_uris (CIMD draft section 4.2, RFC 6749 section 3.1.2, RFC 8252). Whether the kind fits
// the client's application type is up to the document's rules.
//
// A hostile scheme is a violation in both profiles. Everything else that makes an entry unusable (a malformed URI,
// plain http, userinfo, a fragment, a "*", which is never matched as a pattern) is a warning in STANDARD and a
// violation in STRICT. STRICT also refuses private-use schemes. Pure; linear.
RedirectUriReport JudgeRedirectUri(std::string_view uri, const DocumentRules& rules);

// Whether `requested`, from an authorization request, is the registered redirect URI. They are compared byte for byte,
// except that the ports of two loopback URIs may differ: native applications listen on whichever port is free (RFC 8252
// section 7.3). The loopback hosts do not match each other, and a final "/" counts. `registered` comes from an accepted
// document; `requested` may be anything.
bool RedirectUriMatches(std::string_view registered, std::string_view requested);

// What a consent screen shows of a redirect URI: the host in lower case (internationalised names stay A-labels), or the
// scheme with its colon for a private-use scheme. Empty for text that cannot be a redirect URI.
std::string HostForConsent(std::string_view uri);

}  // namespace cimd::metadata

#endif  // CIMD_SERVER_METADATA_REDIRECT_URI_H_
