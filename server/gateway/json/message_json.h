#ifndef CIMD_SERVER_GATEWAY_JSON_MESSAGE_JSON_H_
#define CIMD_SERVER_GATEWAY_JSON_MESSAGE_JSON_H_

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "server/json/strict_json.h"

// Messages to and from protobuf's JSON mapping (https://protobuf.dev/programming-guides/json). Pure.
namespace cimd::gateway {

// Uses the fields' original names. Fields without presence are written even when they are false, 0 or empty, so that
// readers of a decision need no defaults.
json::Value MessageJson(const google::protobuf::Message& message);

// Reads `value`, which the client sent, into `message`. Names may be the original ones or in camel case.
// INVALID_ARGUMENT with a message for the client: an unknown member, a value of another type, or too much nesting.
absl::Status ReadMessage(const json::Value& value, google::protobuf::Message& message);

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_JSON_MESSAGE_JSON_H_
