#ifndef CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_RESPONSE_H_
#define CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_RESPONSE_H_

#include <string>

#include "absl/time/time.h"
#include "server/gateway/http/http_message.h"

namespace cimd::gateway {

// Whether status and headers can be written as they are. Header values may come from a request; a line end in one would
// let a client inject headers (response splitting).
bool IsWellFormed(const HttpResponse& response);

// Whether the response has a body (RFC 9110 section 6.4.1).
bool HasBody(const HttpResponse& response, bool to_head);

// Status line and headers of a well-formed response with the empty line at their end. Date (RFC 9110 section 6.6.1) is
// `now`. `keep_alive`: the connection stays open.
std::string SerializeHead(const HttpResponse& response, bool keep_alive, bool http_1_0, absl::Time now);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_RESPONSE_H_
