#ifndef CIMD_SERVER_GATEWAY_JSON_JSON_RESPONSE_H_
#define CIMD_SERVER_GATEWAY_JSON_JSON_RESPONSE_H_

#include "server/gateway/http/http_message.h"
#include "server/json/strict_json.h"

namespace cimd::gateway {

// A response with `body` and Cache-Control: no-store. Bytes that are not UTF-8 are replaced; never throws.
HttpResponse JsonResponse(int status, const json::Value& body);

// 204.
HttpResponse NoContentResponse();

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_JSON_JSON_RESPONSE_H_
