#ifndef CIMD_SERVER_GATEWAY_JSON_MESSAGE_JSON_H_
#define CIMD_SERVER_GATEWAY_JSON_MESSAGE_JSON_H_

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "server/json/strict_json.h"

// Whole messages as JSON, by protobuf's own mapping (https://protobuf.dev/programming-guides/json). Pure.
namespace cimd::gateway {

// With the fields' original names. Fields that have no presence are there also when they are false, 0 or empty, so that
// who reads a decision need not know what absence means.
json::Value MessageJson(const google::protobuf::Message& message);

// Reads an attacker's `value`; names may be the original or in camel case. INVALID_ARGUMENT, with a message for whoever
// sent it: an unknown member, a value of another type, more nesting than a message may have.
absl::Status ReadMessage(const json::Value& value, google::protobuf::Message& message);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_JSON_MESSAGE_JSON_H_
