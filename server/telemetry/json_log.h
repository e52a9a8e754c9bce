#ifndef CIMD_SERVER_TELEMETRY_JSON_LOG_H_
#define CIMD_SERVER_TELEMETRY_JSON_LOG_H_

#include <initializer_list>
#include <string_view>
#include <utility>

namespace cimd::telemetry {

enum class Severity { kDebug, kInfo, kWarning, kError };

using LogFields = std::initializer_list<std::pair<std::string_view, std::string_view>>;

// Writes one line of JSON to standard error: {"time":..., "severity":..., "event":..., and the fields}. Fields with an
// empty value are left out. Values may come from attackers: they are escaped, and cut between characters at 1 KiB.
// Never pass a token or another secret. Thread-safe.
void Log(Severity severity, std::string_view event, LogFields fields = {});

// Whether lines of this severity are written. On the hot path, callers check this before they build the fields.
bool IsLogged(Severity severity);

// Lines below this severity are dropped. The default is kInfo.
void SetLogSeverity(Severity least);

}  // namespace cimd::telemetry

#endif  // CIMD_SERVER_TELEMETRY_JSON_LOG_H_
