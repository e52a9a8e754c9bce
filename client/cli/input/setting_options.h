#ifndef CIMD_CLIENT_CLI_INPUT_SETTING_OPTIONS_H_
#define CIMD_CLIENT_CLI_INPUT_SETTING_OPTIONS_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/message.h"

namespace cimd::cli {

// An option that sets a field of a resource.
struct SettingOption {
  std::string option;
  std::string path;
  std::string description;
  // Whether the field is a number of seconds. The option then also accepts durations such as "12h".
  bool is_duration = false;
};

// The settings of one command line: the path of a field, and the values given for it.
using SettingValues = std::shared_ptr<std::vector<std::pair<std::string, std::vector<std::string>>>>;

// Adds the options to a command. Each may be repeated; see SetField for the effect.
SettingValues AddSettingOptions(CLI::App* command, const std::vector<SettingOption>& options);

// Sets the fields of `resource` that were given, and adds their paths to `mask` unless it is null. INVALID_ARGUMENT for
// a value of another type than the field's.
absl::Status ApplySettings(const SettingValues& values, google::protobuf::Message& resource,
                           google::protobuf::FieldMask* mask);

}  // namespace cimd::cli

#endif  // CIMD_CLIENT_CLI_INPUT_SETTING_OPTIONS_H_
