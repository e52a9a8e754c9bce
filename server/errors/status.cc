#include "server/errors/status.h"

#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/string_view.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/text/utf8.h"

namespace cimd::rpc {
namespace {

constexpr size_t kMaxMessageBytes = 1024;
// In the trailer these are encoded as base64, which makes them 4/3 as large.
constexpr size_t kMaxDetailBytes = 5 * 1024;
constexpr absl::string_view kBadRequest = "type.googleapis.com/google.rpc.BadRequest";

// The BadRequest of `payload` with as many of its violations as fit into max_bytes.
std::string Shortened(const absl::Cord& payload, size_t max_bytes) {
  google::rpc::BadRequest bad_request;
  if (!bad_request.ParseFromString(std::string(payload))) return {};
  while (bad_request.ByteSizeLong() > max_bytes && bad_request.field_violations_size() > 0) {
    bad_request.mutable_field_violations()->RemoveLast();
  }
  return bad_request.SerializeAsString();
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  const absl::string_view message = status.message();
  details.set_message(std::string(text::CutUtf8(std::string_view(message.data(), message.size()), kMaxMessageBytes)));
  size_t bytes = details.message().size();
  status.ForEachPayload([&](absl::string_view type_url, const absl::Cord& payload) {
    std::string value(payload);
    if (type_url == kBadRequest && value.size() > kMaxDetailBytes - 1024) {
      value = Shortened(payload, kMaxDetailBytes - 1024);
    }
    if (bytes + value.size() > kMaxDetailBytes + kMaxMessageBytes) return;
    bytes += value.size();
    google::protobuf::Any* any = details.add_details();
    any->set_type_url(std::string(type_url));
    any->set_value(std::move(value));
  });
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), details.message(), details.SerializeAsString());
}

}  // namespace cimd::rpc
