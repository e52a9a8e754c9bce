#include "client/cli/input/setting_options.h"

#include "client/cli/input/duration_text.h"
#include "client/cli/input/field_values.h"

namespace cimd::cli {

SettingValues AddSettingOptions(CLI::App* command, const std::vector<SettingOption>& options) {
  auto values = std::make_shared<SettingValues::element_type>();
  for (const SettingOption& setting : options) {
    command
        ->add_option_function<std::vector<std::string>>(
            setting.option,
            [values, setting](std::vector<std::string> given) {
              for (std::string& value : given) {
                const auto duration = setting.is_duration ? ParseDurationText(value) : absl::StatusOr<absl::Duration>();
                if (duration.ok()) value = std::to_string(absl::ToInt64Seconds(*duration));
              }
              values->emplace_back(setting.path, std::move(given));
            },
            setting.description)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
  return values;
}

absl::Status ApplySettings(const SettingValues& values, google::protobuf::Message& resource,
                           google::protobuf::FieldMask* mask) {
  for (const auto& [path, given] : *values) {
    for (const std::string& value : given) {
      if (absl::Status status = SetField(resource, path, value); !status.ok()) return status;
    }
    if (mask != nullptr) mask->add_paths(path);
  }
  return absl::OkStatus();
}

}  // namespace cimd::cli
