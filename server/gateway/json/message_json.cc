#include "server/gateway/json/message_json.h"

#include <string>

#include "google/protobuf/util/json_util.h"

namespace cimd::gateway {

json::Value MessageJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(message, &text, options).ok()) return json::Value::object();
  return json::Value::parse(text, nullptr, /*allow_exceptions=*/false);
}

absl::Status ReadMessage(const json::Value& value, google::protobuf::Message& message) {
  const std::string text = value.dump(-1, ' ', /*ensure_ascii=*/false, json::Value::error_handler_t::replace);
  const auto status = google::protobuf::util::JsonStringToMessage(text, &message);
  if (status.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(std::string(status.message().data(), status.message().size()));
}

}  // namespace cimd::gateway
