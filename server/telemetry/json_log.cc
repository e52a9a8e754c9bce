#include "server/telemetry/json_log.h"

#include <memory>
#include <string>
#include <string_view>

#include "nlohmann/json.hpp"
#include "server/text/utf8.h"
#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"

namespace cimd::telemetry {
namespace {

constexpr size_t kMaxValueBytes = 1024;

spdlog::logger& Logger() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made = std::make_shared<spdlog::logger>("cimd", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    // %v is already a JSON object without its opening brace.
    made->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","severity":"%l",%v)", spdlog::pattern_time_type::utc);
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *logger;
}

spdlog::level::level_enum Level(Severity severity) {
  switch (severity) {
    case Severity::kDebug:
      return spdlog::level::debug;
    case Severity::kInfo:
      return spdlog::level::info;
    case Severity::kWarning:
      return spdlog::level::warn;
    case Severity::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

}  // namespace

void Log(Severity severity, std::string_view event, LogFields fields) {
  if (!IsLogged(severity)) return;
  nlohmann::ordered_json line;
  line["event"] = event;
  for (const auto& [key, value] : fields) {
    if (!value.empty()) line[std::string(key)] = text::CutUtf8(value, kMaxValueBytes);
  }
  std::string text = line.dump(-1, ' ', /*ensure_ascii=*/false, nlohmann::json::error_handler_t::replace);
  Logger().log(Level(severity), text.substr(1));
}

bool IsLogged(Severity severity) { return Logger().should_log(Level(severity)); }

void SetLogSeverity(Severity least) { Logger().set_level(Level(least)); }

}  // namespace cimd::telemetry
