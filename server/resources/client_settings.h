#ifndef CIMD_SERVER_RESOURCES_CLIENT_SETTINGS_H_
#define CIMD_SERVER_RESOURCES_CLIENT_SETTINGS_H_

#include <string_view>

#include "absl/types/span.h"
#include "cimd/v1/registration_service.pb.h"
#include "server/rpc/request_validator.h"

// Client settings that an admin controls: defaults, limits, and the fields that an update may change.
namespace cimd::services {

// Paths of Client that UpdateClient may change.
absl::Span<const std::string_view> EditableClientFields();

// Sets unset fields to the defaults for a public client, or for a client that authenticates with private_key_jwt.
void FillClientDefaults(v1::Client& client);

// Adds every violation in the editable fields of `client`. Violations name the fields as in UpdateClientRequest.
void ValidateEditableFields(const v1::Client& client, RequestValidator& validator);

}  // namespace cimd::services

#endif  // CIMD_SERVER_RESOURCES_CLIENT_SETTINGS_H_
