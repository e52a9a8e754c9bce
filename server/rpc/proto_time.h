#ifndef CIMD_SERVER_RPC_PROTO_TIME_H_
#define CIMD_SERVER_RPC_PROTO_TIME_H_

#include <cstdint>

#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"

// absl::Time as google.protobuf.Timestamp, rounded down to nanoseconds.
namespace cimd::services {

inline void ToProto(absl::Time time, google::protobuf::Timestamp& proto) {
  const int64_t seconds = absl::ToUnixSeconds(time);
  proto.set_seconds(seconds);
  proto.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
}

inline absl::Time FromProto(const google::protobuf::Timestamp& proto) {
  return absl::FromUnixSeconds(proto.seconds()) + absl::Nanoseconds(proto.nanos());
}

}  // namespace cimd::services

#endif  // CIMD_SERVER_RPC_PROTO_TIME_H_
