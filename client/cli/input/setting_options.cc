#include "client/cli/input/setting_options.h"

#include "client/cli/input/field_values.h"

namespace cimd::cli {

SettingValues AddSettingOptions(CLI::App* command, const std::vector<SettingOption>& options) {
  auto values = std::make_shared<SettingValues::element_type>();
  for (const SettingOption& setting : options) {
    command
        ->add_option_function<std::vector<std::string>>(
            setting.option,
            [values, path = setting.path](const std::vector<std::string>& given) { values->emplace_back(path, given); },
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
