#ifndef CIMD_SERVER_GATEWAY_JSON_TIME_TEXT_H_
#define CIMD_SERVER_GATEWAY_JSON_TIME_TEXT_H_

#include <string>

#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"

namespace cimd::gateway {

// A time in the Management API's format: "2026-07-01T09:30:00.000Z".
inline std::string TimeText(const google::protobuf::Timestamp& time) {
  const absl::Time instant = absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", instant, absl::UTCTimeZone());
}

}  // namespace cimd::gateway

#endif  // CIMD_SERVER_GATEWAY_JSON_TIME_TEXT_H_
