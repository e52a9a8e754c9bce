#ifndef CIMD_SERVER_ASSERTIONS_ASSERTION_REASONS_H_
#define CIMD_SERVER_ASSERTIONS_ASSERTION_REASONS_H_

#include <string_view>

#include "cimd/v1/client_keys.pb.h"
#include "server/jose/assertion_fault.h"

// Maps faults of client assertions to the API's names and texts.
namespace cimd::services {

v1::AssertionReason ReasonOf(jose::AssertionFault fault);

// A fixed text for people that quotes nothing of the assertion. Empty for UNSPECIFIED.
std::string_view TextOf(v1::AssertionReason reason);

}  // namespace cimd::services

#endif  // CIMD_SERVER_ASSERTIONS_ASSERTION_REASONS_H_
