// Who may include whom: holds the tables of server/README.md against every #include of the product's sources.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace cimd {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = CIMD_SOURCE_DIR;

constexpr int kMaxFolderLines = 3000;

std::vector<std::string> Split(const std::string& text, const std::string& separator) {
  std::vector<std::string> parts;
  size_t begin = 0;
  for (size_t end; (end = text.find(separator, begin)) != std::string::npos; begin = end + separator.size()) {
    parts.push_back(text.substr(begin, end - begin));
  }
  parts.push_back(text.substr(begin));
  for (std::string& part : parts) {
    part.erase(0, part.find_first_not_of(' '));
    part.erase(part.find_last_not_of(' ') + 1);
  }
  std::erase(parts, "");
  return parts;
}

// The rows of the table in server/README.md whose header is `header`: the text between the first pair of backticks, and
// the elements of the last column.
std::map<std::string, std::vector<std::string>> TableOfReadme(const std::string& header) {
  std::ifstream readme(kRoot / "server/README.md");
  std::map<std::string, std::vector<std::string>> rows;
  bool inside = false;
  for (std::string line; std::getline(readme, line);) {
    if (line == header) {
      inside = true;
    } else if (!line.starts_with("|")) {
      inside = false;
    } else if (const size_t open = line.find('`'); inside && open != std::string::npos) {
      const std::string name = line.substr(open + 1, line.find('`', open + 1) - open - 1);
      const size_t last = line.rfind('|', line.size() - 2);
      rows[name] = Split(line.substr(last + 1, line.size() - last - 2), ",");
    }
  }
  return rows;
}

// Folder -> the folders of this project that it may include from, besides itself. "proto" stands for generated code.
std::map<std::string, std::vector<std::string>> AllowedIncludes() {
  return TableOfReadme("| Folder | What it holds | May include |");
}

// Header prefix of a library -> the files that may know it, as prefixes of paths.
std::map<std::string, std::vector<std::string>> LibraryHomes() {
  return TableOfReadme("| Library | Headers | Known to |");
}

struct Include {
  std::string file;
  std::string header;
};

std::vector<Include> ProductIncludes() {
  const std::regex pattern(R"re(^#include [<"]([^>"]+)[>"])re");
  std::vector<Include> includes;
  for (const char* top : {"storage", "server", "client"}) {
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / top)) {
      if (entry.path().extension() != ".h" && entry.path().extension() != ".cc") continue;
      std::ifstream source(entry.path());
      std::smatch match;
      for (std::string line; std::getline(source, line);) {
        if (std::regex_search(line, match, pattern)) {
          includes.push_back({fs::relative(entry.path(), kRoot), match[1]});
        }
      }
    }
  }
  return includes;
}

bool StartsWithAny(const std::string& text, const std::vector<std::string>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](const std::string& p) { return text.starts_with(p); });
}

// The folder that an included header belongs to; empty for headers that are not of this project.
std::string FolderOf(const std::string& header) {
  const std::string folder = fs::path(header).parent_path();
  if (folder.starts_with("cimd/") || folder.starts_with("google/rpc") || folder.starts_with("grpc/health"))
    return "proto";
  return fs::exists(kRoot / header) ? folder : "";
}

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

TEST(LayeringTest, FoldersIncludeOnlyWhatTheTableAllows) {
  const auto allowed = AllowedIncludes();
  const std::vector<Include> includes = ProductIncludes();
  ASSERT_GT(includes.size(), 300u);
  for (const Include& include : includes) {
    const std::string folder = fs::path(include.file).parent_path();
    const auto row = allowed.find(folder);
    ASSERT_NE(row, allowed.end()) << folder << " has no row in server/README.md";
    const std::string target = FolderOf(include.header);
    EXPECT_TRUE(target.empty() || target == folder || Contains(row->second, target))
        << include.file << " includes " << include.header << ": " << folder << " may not include " << target;
  }
}

TEST(LayeringTest, TheTableAllowsNothingThatIsNotThereOrNotUsed) {
  std::map<std::string, std::set<std::string>> used;
  for (const Include& include : ProductIncludes()) {
    used[fs::path(include.file).parent_path()].insert(FolderOf(include.header));
  }
  for (const auto& [folder, targets] : AllowedIncludes()) {
    EXPECT_TRUE(used.contains(folder)) << folder << " has a row in server/README.md, and no sources";
    for (const std::string& target : targets) {
      EXPECT_TRUE(used[folder].contains(target)) << folder << " may include " << target << ", and does not";
    }
  }
}

TEST(LayeringTest, FoldersFormNoCircle) {
  const auto allowed = AllowedIncludes();
  std::vector<std::string> path;
  std::set<std::string> done;
  const std::function<void(const std::string&)> visit = [&](const std::string& folder) {
    if (done.contains(folder)) return;
    if (Contains(path, folder)) {
      FAIL() << folder << " includes itself by way of " << path.back();
    }
    path.push_back(folder);
    if (const auto row = allowed.find(folder); row != allowed.end()) {
      for (const std::string& target : row->second) visit(target);
    }
    path.pop_back();
    done.insert(folder);
  };
  for (const auto& row : allowed) visit(row.first);
}

TEST(LayeringTest, NoFolderIsTooLarge) {
  std::map<std::string, int> lines;
  for (const char* top : {"storage", "server", "client"}) {
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / top)) {
      if (entry.path().extension() != ".h" && entry.path().extension() != ".cc") continue;
      std::ifstream source(entry.path());
      lines[fs::relative(entry.path().parent_path(), kRoot)] +=
          static_cast<int>(std::count(std::istreambuf_iterator<char>(source), std::istreambuf_iterator<char>(), '\n'));
    }
  }
  for (const auto& [folder, count] : lines) {
    EXPECT_LE(count, kMaxFolderLines) << folder << ": which rooms are in it?";
  }
}

TEST(LayeringTest, LibrariesAreKnownOnlyWhereTheyBelong) {
  const auto homes = LibraryHomes();
  ASSERT_GE(homes.size(), 8u);
  for (const Include& include : ProductIncludes()) {
    for (const auto& [prefix, files] : homes) {
      if (!include.header.starts_with(prefix)) continue;
      EXPECT_TRUE(StartsWithAny(include.file, files)) << include.file << " includes " << include.header;
    }
  }
}

TEST(LayeringTest, NothingIsCalledAfterWhatItIsNot) {
  const std::set<std::string> refused = {"util", "utils", "common", "helper", "helpers", "manager", "misc"};
  for (const char* top : {"proto", "storage", "server", "client", "tests", "deploy"}) {
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / top)) {
      if (entry.path().string().find("node_modules") != std::string::npos) continue;
      EXPECT_FALSE(refused.contains(entry.path().stem())) << entry.path();
    }
  }
}

}  // namespace
}  // namespace cimd
