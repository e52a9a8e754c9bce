#include "client/cli/input/url_list.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "client/cli/input/local_file.h"
#include "fmt/format.h"
#include "server/text/utf8.h"

namespace cimd::cli {

absl::StatusOr<std::vector<std::string>> ParseUrls(std::string_view list) {
  std::string text(list);
  SkipByteOrderMark(text);
  std::vector<std::string> urls;
  int number = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    ++number;
    absl::StripAsciiWhitespace(&line);
    const bool has_control = std::any_of(line.begin(), line.end(), [](char c) {
      return c != '\t' && absl::ascii_iscntrl(static_cast<unsigned char>(c));
    });
    if (has_control || !text::IsUtf8(line)) {
      return absl::InvalidArgumentError(fmt::format("line {} is not text; a list has one URL a line", number));
    }
    if (!line.empty() && line[0] != '#') urls.push_back(std::move(line));
  }
  return urls;
}

absl::StatusOr<std::string> ReadList(std::istream& in) {
  std::string list(kMaxListBytes + 1, '\0');
  in.read(list.data(), static_cast<std::streamsize>(list.size()));
  list.resize(static_cast<size_t>(in.gcount()));
  if (list.size() > kMaxListBytes) {
    return absl::InvalidArgumentError(fmt::format("the list is longer than {} bytes", kMaxListBytes));
  }
  return list;
}

}  // namespace cimd::cli
