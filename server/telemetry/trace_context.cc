#include "server/telemetry/trace_context.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/random/random.h"
#include "absl/strings/str_format.h"

namespace cimd::telemetry {
namespace {

// version "-" trace-id "-" parent-id "-" trace-flags (section 3.2.2).
constexpr size_t kTraceIdAt = 3;
constexpr size_t kTraceIdDigits = 32;
constexpr size_t kParentIdAt = 36;
constexpr size_t kParentIdDigits = 16;
constexpr size_t kFlagsAt = 53;
constexpr size_t kFlagsDigits = 2;
constexpr size_t kBytes = 55;

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsId(std::string_view text) { return IsHex(text) && text.find_first_not_of('0') != std::string_view::npos; }

bool IsTraceparent(std::string_view text) {
  if (text.size() < kBytes || text[2] != '-' || text[kParentIdAt - 1] != '-' || text[kFlagsAt - 1] != '-') return false;
  const std::string_view version = text.substr(0, 2);
  // Later versions may append fields after another dash.
  const bool whole = text.size() == kBytes || (version != "00" && text[kBytes] == '-');
  return whole && IsHex(version) && version != "ff" && IsId(text.substr(kTraceIdAt, kTraceIdDigits)) &&
         IsId(text.substr(kParentIdAt, kParentIdDigits)) && IsHex(text.substr(kFlagsAt, kFlagsDigits));
}

uint64_t RandomId() {
  static thread_local absl::BitGen random;
  return absl::Uniform<uint64_t>(absl::IntervalClosed, random, 1, UINT64_MAX);
}

}  // namespace

std::string ContinueTrace(std::string_view traceparent) {
  if (!IsTraceparent(traceparent)) return {};
  std::string passed_on(traceparent.substr(0, kBytes));
  passed_on.replace(0, 2, "00");
  constexpr char kDigits[] = "0123456789abcdef";
  uint64_t id = RandomId();
  for (size_t i = 0; i < kParentIdDigits; ++i, id >>= 4) passed_on[kParentIdAt + i] = kDigits[id & 15];
  return passed_on;
}

std::string StartTrace() { return absl::StrFormat("00-%016x%016x-%016x-00", RandomId(), RandomId(), RandomId()); }

std::string_view TraceIdOf(std::string_view traceparent) {
  return traceparent.empty() ? traceparent : traceparent.substr(kTraceIdAt, kTraceIdDigits);
}

}  // namespace cimd::telemetry
