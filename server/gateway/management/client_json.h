#ifndef CIMD_SERVER_GATEWAY_MANAGEMENT_CLIENT_JSON_H_
#define CIMD_SERVER_GATEWAY_MANAGEMENT_CLIENT_JSON_H_

#include <string>
#include <string_view>

#include "cimd/v1/metadata_document.pb.h"
#include "cimd/v1/registration_service.pb.h"
#include "server/gateway/json/json_members.h"
#include "server/json/strict_json.h"

// Clients and what importing them says, in the Management API's JSON. Pure. Additions of ours are the member "cimd" of
// a client, and in the answers of preview and register: document_sha256, findings, diff, fetch_failure, key_fetch_failure,
// blocked.
namespace cimd::gateway {

// The members of a client that are fields of v1::Client, editable or not.
Members ClientMembers();

// A client as GET serves it; `with_external` false as PATCH does, without its external_* members.
json::Value ClientJson(const v1::Client& client, bool with_external);

// What the API calls a field of a request of RegistrationService.
std::string ClientProperty(std::string_view field);

json::Value PreviewJson(const v1::PreviewClientResponse& response);
json::Value RegisterJson(const v1::RegisterClientResponse& response);

// RFC 7591 section 3.2.1: what was registered, in the names of that RFC.
json::Value ClientInformationJson(const v1::Client& client);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_MANAGEMENT_CLIENT_JSON_H_
