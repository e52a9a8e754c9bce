#include "server/rpc/field_mask.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "google/protobuf/util/field_mask_util.h"
#include "server/errors/errors.h"

namespace cimd::rpc {
namespace {

using ::google::protobuf::util::FieldMaskUtil;

bool IsWithin(std::string_view path, std::string_view editable) {
  return path.starts_with(editable) && (path.size() == editable.size() || path[editable.size()] == '.');
}

}  // namespace

absl::Status ApplyFieldMask(const google::protobuf::FieldMask& mask, absl::Span<const std::string_view> editable,
                            const google::protobuf::Message& source, google::protobuf::Message& target) {
  if (mask.paths().empty()) {
    return errors::FieldsInvalid(
        {{.field = "update_mask", .reason = "REQUIRED", .description = "name the fields to change"}});
  }
  for (const std::string& path : mask.paths()) {
    if (!FieldMaskUtil::GetFieldDescriptors(target.GetDescriptor(), path, nullptr)) {
      return errors::UpdateMaskInvalid(path);
    }
    bool allowed = std::any_of(editable.begin(), editable.end(),
                               [&](std::string_view allowed_path) { return IsWithin(path, allowed_path); });
    if (!allowed) return errors::FieldNotEditable(path);
  }
  FieldMaskUtil::MergeOptions options;
  options.set_replace_message_fields(true);
  options.set_replace_repeated_fields(true);
  FieldMaskUtil::MergeMessageTo(source, mask, options, &target);
  return absl::OkStatus();
}

}  // namespace cimd::rpc
