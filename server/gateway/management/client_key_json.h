#ifndef CIMD_SERVER_GATEWAY_MANAGEMENT_CLIENT_KEY_JSON_H_
#define CIMD_SERVER_GATEWAY_MANAGEMENT_CLIENT_KEY_JSON_H_

#include <string>

#include "cimd/v1/client_keys.pb.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "server/json/strict_json.h"

// A client's keys in the Management API's JSON, which calls them credentials. Pure.
namespace cimd::gateway {

// The API's id for a key. It is derived from the key's material only, not from its kid.
std::string CredentialId(const v1::ClientKey& key);

// A key as /clients/{id}/credentials returns it. "jwk", the public key, is an addition to the Management API.
json::Value CredentialJson(const v1::ClientKey& key);

// The value of client_authentication_methods in mapped_fields.
json::Value AuthenticationMethodsJson(const google::protobuf::RepeatedPtrField<v1::ClientKey>& keys);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_MANAGEMENT_CLIENT_KEY_JSON_H_
