#include "server/gateway/management/tenant_settings_api.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "server/gateway/json/json_response.h"
#include "server/gateway/json/list_query.h"
#include "server/gateway/management/tenant_settings_json.h"

namespace cimd::gateway {
namespace {

using ExchangePtr = std::shared_ptr<Exchange>;

void GetSettings(const ExchangePtr& exchange) {
  std::vector<ErrorDetail> problems;
  Projection projection = Projection::Read(exchange->request(), problems);
  if (!problems.empty()) return exchange->Fail(InvalidInput(InputPart::kQuery, std::move(problems)));
  v1::GetTenantRequest request;
  request.set_name(exchange->tenant());
  exchange->Call(&Admin::GetTenant, std::move(request),
                 [exchange, projection = std::move(projection)](const v1::Tenant& tenant) {
                   exchange->Answer(JsonResponse(200, projection.Apply(TenantSettingsJson(tenant))));
                 });
}

// The Management API has a separate error code for enabling a feature that does not exist here.
ApiError PatchError(std::vector<ErrorDetail> problems) {
  const bool switched = std::any_of(problems.begin(), problems.end(),
                                    [](const ErrorDetail& problem) { return problem.reason == "CONSTANT"; });
  ApiError error = InvalidInput(InputPart::kBody, std::move(problems));
  if (switched) error.code = "validation_error";
  return error;
}

void PatchSettings(const ExchangePtr& exchange) {
  std::optional<json::Value> body = exchange->ReadBody();
  if (!body.has_value()) return;
  if (body->empty()) return exchange->FailInput({{"$", "REQUIRED", "names nothing to change"}});
  v1::UpdateTenantRequest request;
  ParsedPatch patch = ReadPatch(*body, TenantSettingsMembers(), *request.mutable_tenant());
  if (!patch.problems.empty()) return exchange->Fail(PatchError(std::move(patch.problems)));
  if (patch.mask.paths().empty()) return GetSettings(exchange);  // contains constants only
  request.mutable_tenant()->set_name(exchange->tenant());
  *request.mutable_update_mask() = std::move(patch.mask);
  exchange->Call(&Admin::UpdateTenant, std::move(request), [exchange](const v1::Tenant& tenant) {
    exchange->Answer(JsonResponse(200, TenantSettingsJson(tenant)));
  });
}

}  // namespace

std::vector<Endpoint> TenantSettingsEndpoints() {
  return {
      {.method = "GET",
       .path = "/api/v2/tenants/settings",
       .handler = GetSettings,
       .query = Projection::Parameters(),
       .property_names = TenantSettingsProperty},
      {.method = "PATCH",
       .path = "/api/v2/tenants/settings",
       .handler = PatchSettings,
       .property_names = TenantSettingsProperty},
  };
}

}  // namespace cimd::gateway
