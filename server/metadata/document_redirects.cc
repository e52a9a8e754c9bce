#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/metadata/document_parts.h"
#include "server/metadata/findings.h"
#include "server/metadata/redirect_uri.h"

namespace cimd::metadata {
namespace {

using std::string_view;

constexpr string_view kRedirectUris = "redirect_uris";
constexpr string_view kApplicationType = "application_type";

// The result of judging the entries of redirect_uris.
struct Redirects {
  // Whether an entry is a violation.
  bool violated = false;
  // Indexes of the usable entries that only an application on the user's device can receive.
  std::vector<size_t> native;
};

Redirects JudgeEntries(DocumentPart& part, const std::vector<StringElement>& entries) {
  Redirects redirects;
  std::set<string_view> seen;
  for (const StringElement& entry : entries) {
    const RedirectUriReport report = JudgeRedirectUri(entry.value, part.rules);
    for (const Remark& remark : report.remarks.all()) {
      part.members.AddToElement(remark.severity, kRedirectUris, entry.index, remark.reason, remark.message);
    }
    redirects.violated |= !report.remarks.acceptable();
    if (!seen.insert(entry.value).second) {
      const bool strict = part.rules.strict();
      part.members.AddToElement(ViolationIf(strict), kRedirectUris, entry.index,
                                v1::FINDING_REASON_REDIRECT_URI_DUPLICATE,
                                absl::StrCat(Quoted(entry.value), " is listed before"));
      redirects.violated |= strict;
      continue;
    }
    if (!report.usable) continue;
    part.metadata.add_callbacks(std::string(entry.value));
    if (report.kind == RedirectUriKind::kLoopback || report.kind == RedirectUriKind::kPrivateUse) {
      redirects.native.push_back(entry.index);
    }
  }
  return redirects;
}

void JudgeApplicationType(DocumentPart& part, const Redirects& redirects) {
  if (part.members.Find(kApplicationType) == nullptr) {
    const bool native = !part.rules.strict() && !redirects.native.empty();
    part.metadata.set_app_type(native ? v1::APP_TYPE_NATIVE : v1::APP_TYPE_REGULAR_WEB);
    if (native) {
      part.members.Warning(kApplicationType, v1::FINDING_REASON_APPLICATION_TYPE_INFERRED,
                           absl::StrCat("application_type is absent; taken to be native, because redirect_uris[",
                                        redirects.native.front(), "] leads to the user's device"));
    }
  } else if (const auto type = part.members.String(kApplicationType); !type.has_value()) {
    return;
  } else if (*type == "native") {
    part.metadata.set_app_type(v1::APP_TYPE_NATIVE);
  } else if (*type == "web") {
    part.metadata.set_app_type(v1::APP_TYPE_REGULAR_WEB);
  } else {
    part.members.Violation(kApplicationType, v1::FINDING_REASON_APPLICATION_TYPE_INVALID,
                           absl::StrCat("application_type is ", Quoted(*type), "; it has to be native or web"));
    return;
  }
  if (part.metadata.app_type() != v1::APP_TYPE_REGULAR_WEB) return;
  for (size_t index : redirects.native) {
    part.members.AddToElement(ViolationIf(part.rules.strict()), kRedirectUris, index,
                              v1::FINDING_REASON_REDIRECT_URI_NEEDS_NATIVE,
                              "leads to the user's device, but the application type is web");
  }
}

}  // namespace

void JudgeRedirects(DocumentPart part, bool redirect_uri_needed) {
  const auto entries = part.members.Strings(kRedirectUris);
  const bool unreadable = !entries.has_value() && part.members.Find(kRedirectUris) != nullptr;
  const Redirects redirects = JudgeEntries(part, entries.value_or(std::vector<StringElement>{}));
  JudgeApplicationType(part, redirects);
  if (redirect_uri_needed && !unreadable && !redirects.violated && part.metadata.callbacks().empty()) {
    const bool some = entries.has_value() && !entries->empty();
    part.members.Violation(kRedirectUris, v1::FINDING_REASON_REDIRECT_URIS_MISSING,
                           some ? "none of the listed redirect URIs can be used, and the grant types need one"
                                : "no redirect URI is listed, and the grant types need one");
  }
}

}  // namespace cimd::metadata
