#ifndef CIMD_SERVER_RPC_FIELD_MASK_H_
#define CIMD_SERVER_RPC_FIELD_MASK_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/message.h"

namespace cimd::rpc {

// Copies the fields in `mask` from `source` to `target`, which have the same type; a field that is not set in `source`
// is cleared. Copies nothing on an error. INVALID_ARGUMENT: FIELD_INVALID for an empty mask, UPDATE_MASK_INVALID for a
// path that does not exist, FIELD_NOT_EDITABLE for one that is not in `editable` or under a path of it ("settings"
// allows "settings.redirection_policy", not the other way round).
absl::Status ApplyFieldMask(const google::protobuf::FieldMask& mask, absl::Span<const std::string_view> editable,
                            const google::protobuf::Message& source, google::protobuf::Message& target);

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_RPC_FIELD_MASK_H_
