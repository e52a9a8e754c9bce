#ifndef CIMD_SERVER_RPC_FIELD_MASK_H_
#define CIMD_SERVER_RPC_FIELD_MASK_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/message.h"

namespace cimd::rpc {

// Copies what `mask` names from `source` to `target`, messages of one type; a named field that is not set in `source` is
// cleared. Every path must exist (UPDATE_MASK_INVALID) and be, lie under, or be covered by `editable` paths
// (FIELD_NOT_EDITABLE): "settings" allows "settings.redirection_policy", not the other way round. An empty mask is
// INVALID_ARGUMENT FIELD_INVALID. Nothing is copied unless all of it is allowed.
absl::Status ApplyFieldMask(const google::protobuf::FieldMask& mask, absl::Span<const std::string_view> editable,
                            const google::protobuf::Message& source, google::protobuf::Message& target);

}  // namespace cimd::rpc

#endif  // CIMD_SERVER_RPC_FIELD_MASK_H_
