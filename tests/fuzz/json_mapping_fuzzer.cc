#include <string>
#include <variant>

#include "cimd/v1/admin_service.pb.h"
#include "cimd/v1/grants_service.pb.h"
#include "cimd/v1/registration_service.pb.h"
#include "google/protobuf/util/field_mask_util.h"
#include "google/protobuf/util/message_differencer.h"
#include "server/gateway/json/json_members.h"
#include "server/gateway/json/json_response.h"
#include "server/gateway/json/message_json.h"
#include "server/gateway/management/client_json.h"
#include "server/gateway/management/tenant_settings_json.h"
#include "tests/fuzz/fuzz_target.h"

// Input: the JSON body of a request.
namespace cimd::fuzz {
namespace {

using google::protobuf::util::FieldMaskUtil;
using google::protobuf::util::MessageDifferencer;

// A message that was read must be equal after writing and reading it again.
template <typename Message>
void CheckMessage(const json::Value& value) {
  Message message;
  const absl::Status status = gateway::ReadMessage(value, message);
  if (!status.ok()) return Require(absl::IsInvalidArgument(status) && !status.message().empty());
  Message again;
  Require(gateway::ReadMessage(gateway::MessageJson(message), again).ok());
  Require(MessageDifferencer::Equals(message, again));
  Message read;
  Require(read.ParseFromString(message.SerializeAsString()));
}

// The mask of a merge patch may contain only fields of the message. Fields that were read must be equal after writing
// and reading them again.
template <typename Message>
void CheckPatch(const json::Value& patch, gateway::Members members) {
  Message message;
  const gateway::ParsedPatch parsed = gateway::ReadPatch(patch, members, message);
  Require(FieldMaskUtil::IsValidFieldMask<Message>(parsed.mask));
  for (const gateway::ErrorDetail& problem : parsed.problems) {
    Require(!problem.reason.empty() && !problem.message.empty());
  }
  if (!parsed.problems.empty()) return;
  json::Value written = json::Value::object();
  gateway::AddMembers(message, members, written);
  Message again;
  const gateway::ParsedPatch reread = gateway::ReadPatch(written, members, again);
  // 0 means the default for some numbers. It is written as 0 and refused when it is read again.
  for (const gateway::ErrorDetail& problem : reread.problems) Require(problem.reason == "OUT_OF_RANGE");
  json::Value rewritten = json::Value::object();
  gateway::AddMembers(again, members, rewritten);
  Require(rewritten == written);
}

}  // namespace

void FuzzOne(std::string_view input) {
  const auto parsed = json::ParseStrict(input);
  const json::Value* value = std::get_if<json::Value>(&parsed);
  if (value == nullptr) return;
  CheckMessage<v1::AuthorizeRequestRequest>(*value);
  CheckMessage<v1::AuthorizeTokenRequestRequest>(*value);
  if (value->is_object()) {
    CheckPatch<v1::Client>(*value, gateway::ClientMembers());
    CheckPatch<v1::Tenant>(*value, gateway::TenantSettingsMembers());
  }
  const auto answered = json::ParseStrict(gateway::JsonResponse(200, *value).body);
  Require(std::holds_alternative<json::Value>(answered) && std::get<json::Value>(answered) == *value);
}

}  // namespace cimd::fuzz
