#ifndef CIMD_SERVER_GATEWAY_MANAGEMENT_CLIENT_JSON_H_
#define CIMD_SERVER_GATEWAY_MANAGEMENT_CLIENT_JSON_H_

#include <string>
#include <string_view>

#include "cimd/v1/metadata_document.pb.h"
#include "cimd/v1/registration_service.pb.h"
#include "server/gateway/json/json_members.h"
#include "server/json/strict_json.h"

// Clients, and the answers of preview and register, in the Management API's JSON. Pure. Additions to that API: the
// member "cimd" of a client, and in the answers of preview and register document_sha256, findings, diff, fetch_failure,
// key_fetch_failure and blocked.
namespace cimd::gateway {

// The properties of a client that are fields of v1::Client, read-only ones included.
Members ClientMembers();

// A client as GET returns it. Without `with_external`: as PATCH returns it, without the external_* properties.
json::Value ClientJson(const v1::Client& client, bool with_external);

// The property for a field of a request of RegistrationService.
std::string ClientProperty(std::string_view field);

json::Value PreviewJson(const v1::PreviewClientResponse& response);
json::Value RegisterJson(const v1::RegisterClientResponse& response);

// The registered client with the names of RFC 7591 section 3.2.1.
json::Value ClientInformationJson(const v1::Client& client);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_MANAGEMENT_CLIENT_JSON_H_
