#include "server/admission/catalog.h"

namespace cimd::admission {
namespace {

constexpr CatalogEntry kShipped[] = {
    {"anthropic", "claude", "https://claude.ai/oauth/mcp-oauth-client-metadata", 1},
    {"anthropic", "claude-code", "https://claude.ai/oauth/claude-code-client-metadata", 1},
    {"block", "goose", "https://goose-docs.ai/oauth/client-metadata.json", 1},
    {"conductor", "conductor", "https://api.conductor.build/oauth/client-metadata.json", 1},
    {"factory", "droid", "https://api.factory.ai/mcp/oauth-client", 1},
    {"github", "copilot-cli", "https://github.com/copilot/cli/client-metadata.json", 1},
    {"mcpjam", "inspector", "https://www.mcpjam.com/.well-known/oauth/client-metadata.json", 1},
    {"microsoft", "vscode", "https://vscode.dev/oauth/client-metadata.json", 1},
    {"microsoft", "vscode-insiders", "https://insiders.vscode.dev/oauth/client-metadata.json", 1},
    {"notion", "notion", "https://www.notion.so/oauth/mcp-client-metadata.json", 1},
    {"notion", "notion-app", "https://app.notion.com/oauth/mcp-client-metadata.json", 1},
    {"nousresearch", "hermes-agent", "https://nousresearch.github.io/hermes-agent/docs/oauth/client-metadata.json", 1},
    {"openai", "chatgpt", "https://chatgpt.com/oauth/client.json", 1},
    {"openai", "codex", "https://chatgpt.com/oauth/codex/client.json", 1},
    {"openai", "codex-servers", "https://chatgpt.com/oauth/codex/*/client.json", 1},
    {"openai", "chatgpt-connectors", "https://chatgpt.com/oauth/*/client.json", 1},
    {"opencode", "opencode", "https://opencode.ai/oauth/opencode/client.json", 1},
    {"skydive", "skydive", "https://www.skydive.com/api/v1/external-oauth/client-metadata", 1},
    {"stacklok", "toolhive", "https://toolhive.dev/oauth/client-metadata.json", 1},
    {"zed", "zed", "https://zed.dev/oauth/client-metadata.json", 1},
};

}  // namespace

absl::Span<const CatalogEntry> ShippedCatalog() { return kShipped; }

std::vector<const CatalogEntry*> Select(absl::Span<const CatalogEntry> catalog, std::string_view vendor,
                                        std::string_view product, int32_t version) {
  std::vector<const CatalogEntry*> selected;
  for (const CatalogEntry& entry : catalog) {
    if (entry.vendor == vendor && (product.empty() || entry.product == product) && entry.since <= version) {
      selected.push_back(&entry);
    }
  }
  return selected;
}

}  // namespace cimd::admission
