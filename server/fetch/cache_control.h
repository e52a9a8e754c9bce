#ifndef CIMD_SERVER_FETCH_CACHE_CONTROL_H_
#define CIMD_SERVER_FETCH_CACHE_CONTROL_H_

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace cimd::fetch {

// The response header fields that control caching: for each field the value of every line, in order. The host controls
// all of them.
struct CachingHeaders {
  std::vector<std::string> cache_control = {};
  std::vector<std::string> expires = {};
  std::vector<std::string> date = {};
  std::vector<std::string> age = {};
  std::vector<std::string> vary = {};
};

// This server's limits (CIMD draft section 5.2). There is no minimum: if a host forbids caching, nothing is cached.
struct FreshnessBounds {
  // Used if the host specifies no lifetime.
  absl::Duration default_lifetime = absl::Minutes(5);
  absl::Duration max_lifetime = absl::Hours(24);
};

// How long after `now` (the time at which the response was read) it may be reused without another request (RFC 9111
// section 4.2; as a shared cache, because one server reads for many users). From zero to max_lifetime.
//
// Zero for no-store, no-cache and private in any form, for Vary: *, and for malformed, negative or repeated directives.
// s-maxage takes precedence over max-age, and max-age over Expires. A number that is too large counts as max_lifetime.
// Age is subtracted.
//
// Call it for successful responses only: failures are never cached.
absl::Duration FreshFor(const CachingHeaders& headers, absl::Time now, const FreshnessBounds& bounds = {});

}  // namespace cimd::fetch

#endif  // CIMD_SERVER_FETCH_CACHE_CONTROL_H_
