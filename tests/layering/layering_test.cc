// Who may include whom (README, "Folders"): a small scan of every #include in the product's sources.

#include <algorithm>
#include <filesystem>
#include <fstream>
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

// Folder -> the folders of this project that it may include from, besides itself. "proto" stands for generated code.
const std::map<std::string, std::set<std::string>> kAllowed = {
    {"storage", {"proto"}},
    {"client", {"proto"}},
    {"client/cli", {"proto", "client", "server/backup", "server/metadata", "server/crypto"}},
    {"server/json", {}},
    {"server/crypto", {}},
    {"server/backup", {"proto", "server/crypto"}},
    {"server/telemetry", {}},
    {"server/fetch", {"proto"}},
    {"server/jose", {"proto", "server/json", "server/crypto"}},
    {"server/metadata", {"proto", "server/json", "server/crypto", "server/fetch", "server/jose"}},
    {"server/policy", {"proto", "server/metadata"}},
    {"server/rpc", {"proto", "server/crypto", "server/telemetry"}},
    {"server/watch", {"proto", "storage", "server/rpc", "server/telemetry"}},
    {"server/callers", {"proto", "storage", "server/rpc", "server/jose", "server/json", "server/crypto", "server/fetch",
                        "server/telemetry"}},
    {"server/services",
     {"proto", "storage", "server/rpc", "server/watch", "server/metadata", "server/policy", "server/jose",
      "server/crypto", "server/backup"}},
    {"server/gateway", {"proto", "client", "server/crypto", "server/json", "server/telemetry"}},
    {"server",
     {"proto", "storage", "server/rpc", "server/callers", "server/services", "server/watch", "server/metadata", "server/fetch",
      "server/jose", "server/policy", "server/crypto", "server/telemetry"}},
};

// Header prefix of a library -> the files that may know it, as prefixes of paths.
const std::map<std::string, std::vector<std::string>> kLibraries = {
    {"rocksdb/", {"storage/rocksdb_"}},
    {"curl/", {"server/fetch/https_fetcher"}},
    {"openssl/", {"server/jose/", "server/crypto/", "server/fetch/trust_anchors", "server/gateway/http_server_tls"}},
    {"boost/", {"server/gateway/http_server"}},
    {"prometheus/", {"server/telemetry/"}},
    {"spdlog/", {"server/telemetry/"}},
    {"CLI/", {"server/options.cc", "server/gateway/gateway_options.cc", "client/cli/"}},
    {"grpcpp/", {"server/rpc/", "server/services/", "server/watch/", "server/gateway/", "server/health_service", "server/grpc_tls", "server/server.cc", "client/"}},
};

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

TEST(LayeringTest, FoldersIncludeOnlyWhatTheLayoutAllows) {
  const std::vector<Include> includes = ProductIncludes();
  ASSERT_GT(includes.size(), 300u);
  for (const Include& include : includes) {
    const std::string folder = fs::path(include.file).parent_path();
    auto allowed = kAllowed.find(folder);
    ASSERT_NE(allowed, kAllowed.end()) << folder << " has no row in this test";
    std::string target = fs::path(include.header).parent_path();
    if (target.starts_with("cimd/") || target.starts_with("google/rpc") || target.starts_with("grpc/health")) {
      target = "proto";
    } else if (!fs::exists(kRoot / include.header)) {
      continue;
    }
    EXPECT_TRUE(target == folder || allowed->second.contains(target))
        << include.file << " includes " << include.header << ": " << folder << " may not know " << target;
  }
}

TEST(LayeringTest, LibrariesAreKnownOnlyWhereTheyBelong) {
  for (const Include& include : ProductIncludes()) {
    for (const auto& [prefix, homes] : kLibraries) {
      if (!include.header.starts_with(prefix)) continue;
      EXPECT_TRUE(StartsWithAny(include.file, homes)) << include.file << " includes " << include.header;
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
