#ifndef CIMD_SERVER_GATEWAY_MANAGEMENT_CLIENT_KEY_JSON_H_
#define CIMD_SERVER_GATEWAY_MANAGEMENT_CLIENT_KEY_JSON_H_

#include <string>

#include "cimd/v1/client_keys.pb.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "server/json/strict_json.h"

// A client's keys in the Management API's JSON, where they are called credentials. Pure.
namespace cimd::gateway {

// The id that the API has for a key; follows from the key alone, so it stays the same when the kid changes hands.
std::string CredentialId(const v1::ClientKey& key);

// A key as /clients/{id}/credentials serves it. An addition of ours: "jwk", the public key itself.
json::Value CredentialJson(const v1::ClientKey& key);

// client_authentication_methods of mapped_fields.
json::Value AuthenticationMethodsJson(const google::protobuf::RepeatedPtrField<v1::ClientKey>& keys);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_MANAGEMENT_CLIENT_KEY_JSON_H_
