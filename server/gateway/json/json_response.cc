#include "server/gateway/json/json_response.h"

namespace cimd::gateway {

HttpResponse JsonResponse(int status, const json::Value& body) {
  HttpResponse response;
  response.status = status;
  response.headers = {{"Content-Type", "application/json; charset=utf-8"}, {"Cache-Control", "no-store"}};
  response.body = body.dump(-1, ' ', /*ensure_ascii=*/false, json::Value::error_handler_t::replace);
  return response;
}

HttpResponse NoContentResponse() { return {.status = 204}; }

}  // namespace cimd::gateway
