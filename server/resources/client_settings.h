#ifndef CIMD_SERVER_RESOURCES_CLIENT_SETTINGS_H_
#define CIMD_SERVER_RESOURCES_CLIENT_SETTINGS_H_

#include <string_view>

#include "absl/types/span.h"
#include "cimd/v1/registration_service.pb.h"
#include "server/rpc/request_validator.h"

// What an admin may decide about a client: the defaults, the bounds, and which fields an update may name.
namespace cimd::services {

// Paths of Client that UpdateClient may change.
absl::Span<const std::string_view> EditableClientFields();

// Fills in whatever is unset: the defaults for a public client, or for one that authenticates with a key.
void FillClientDefaults(v1::Client& client);

// Adds what is wrong with the editable fields of `client`; fields are named as in UpdateClientRequest.
void ValidateEditableFields(const v1::Client& client, RequestValidator& validator);

}  // namespace cimd::services

#endif  // CIMD_SERVER_RESOURCES_CLIENT_SETTINGS_H_
