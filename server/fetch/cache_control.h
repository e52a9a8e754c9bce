#ifndef CIMD_SERVER_FETCH_CACHE_CONTROL_H_
#define CIMD_SERVER_FETCH_CACHE_CONTROL_H_

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace cimd::fetch {

// The header fields of a response that say how long it may be reused: the value of every line of that name, in order.
// All of them are chosen by the host that answered.
struct CachingHeaders {
  std::vector<std::string> cache_control = {};
  std::vector<std::string> expires = {};
  std::vector<std::string> date = {};
  std::vector<std::string> age = {};
  std::vector<std::string> vary = {};
};

// Our own bounds (CIMD draft section 5.2). There is no lower one: a host that asks not to be cached is obeyed.
struct FreshnessBounds {
  // When the host says nothing.
  absl::Duration default_lifetime = absl::Minutes(5);
  absl::Duration max_lifetime = absl::Hours(24);
};

// How long from `now`, the time at which the response was read, it may be used without asking again: RFC 9111 section
// 4.2 as a shared cache, because one server reads for many users. From zero to max_lifetime.
//
// Zero for no-store, no-cache and private in any form, for Vary: *, and for whatever is malformed, negative or said
// twice: a host that cannot say how long its answer lasts has it asked for again. s-maxage goes before max-age, that
// before Expires. A number too large to represent counts as max_lifetime. Age is subtracted.
//
// Only for successful responses: failed ones are never cached.
absl::Duration FreshFor(const CachingHeaders& headers, absl::Time now, const FreshnessBounds& bounds = {});

}  // namespace cimd::fetch

#endif  // CIMD_SERVER_FETCH_CACHE_CONTROL_H_
