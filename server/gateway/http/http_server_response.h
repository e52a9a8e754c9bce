#ifndef CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_RESPONSE_H_
#define CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_RESPONSE_H_

#include <string>

#include "server/gateway/http/http_message.h"

namespace cimd::gateway {

// Whether the status and headers can be written as they are. Header values may come from a request: one with a line end
// in it would let a client write our answer (response splitting).
bool IsWellFormed(const HttpResponse& response);

// Whether a response has a body at all: RFC 9110 section 6.4.1.
bool HasBody(const HttpResponse& response, bool to_head);

// Status line and headers of a well-formed response, with the empty line. `keep_alive` is what becomes of the
// connection.
std::string SerializeHead(const HttpResponse& response, bool keep_alive, bool http_1_0);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_HTTP_HTTP_SERVER_RESPONSE_H_
