#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/metadata/document_parts.h"
#include "server/metadata/findings.h"
#include "server/metadata/host.h"
#include "server/metadata/redirect_uri.h"
#include "server/metadata/uri.h"
#include "server/text/confusables.h"
#include "server/text/display_text.h"

namespace cimd::metadata {
namespace {

using std::string_view;

constexpr string_view kClientName = "client_name";
constexpr string_view kDescription = "description";

std::string TooLong(size_t characters, size_t limit) {
  return absl::StrCat(characters, " characters; at most ", limit, " are allowed");
}

void WarnOfConfusables(DocumentPart& part, string_view name) {
  const text::Confusables confusables = text::FindConfusables(name);
  if (!confusables.mixed_word.empty()) {
    part.members.Warning(kClientName, v1::FINDING_REASON_CLIENT_NAME_CONFUSABLE,
                         absl::StrCat("the word ", Quoted(confusables.mixed_word),
                                      " mixes letters of several scripts; users may read it as another word"));
  } else if (!confusables.reads_like.empty()) {
    part.members.Warning(kClientName, v1::FINDING_REASON_CLIENT_NAME_CONFUSABLE,
                         absl::StrCat("client_name has letters that look like others; users may read it as ",
                                      Quoted(confusables.reads_like)));
  }
}

void JudgeClientName(DocumentPart& part) {
  if (part.members.Find(kClientName) == nullptr) {
    const bool strict = part.rules.strict();
    part.members.Add(ViolationIf(strict), kClientName, v1::FINDING_REASON_CLIENT_NAME_MISSING,
                     strict ? "client_name is required"
                            : "client_name is absent; users are shown the host of the client identifier instead");
  }
  const auto name = part.members.String(kClientName);
  if (!name.has_value()) return;
  const text::DisplayText text = text::InspectDisplayText(*name);
  if (text.blank) part.members.Violation(kClientName, v1::FINDING_REASON_MEMBER_EMPTY, "client_name shows nothing");
  const bool too_long = text.characters > kMaxClientNameCharacters;
  if (too_long) {
    part.members.Violation(kClientName, v1::FINDING_REASON_MEMBER_TOO_LONG,
                           TooLong(text.characters, kMaxClientNameCharacters));
  }
  if (text.deceptive) {
    part.members.Violation(kClientName, v1::FINDING_REASON_CLIENT_NAME_CHARACTERS,
                           "client_name has control, bidirectional or invisible characters, with which a consent "
                           "screen can be made to show something else");
  }
  if (text.markup) {
    part.members.Add(ViolationIf(part.rules.strict()), kClientName, v1::FINDING_REASON_CLIENT_NAME_CHARACTERS,
                     "client_name has \"<\" or \">\"");
  }
  if (text.unusual) {
    part.members.Warning(kClientName, v1::FINDING_REASON_CLIENT_NAME_CHARACTERS,
                         "client_name has joiners, direction marks, piled-up accents or padding; look at it closely");
  }
  if (!too_long) WarnOfConfusables(part, *name);
  if (!text.blank && !text.deceptive && !too_long) part.metadata.set_client_name(std::string(*name));
}

void JudgeDescription(DocumentPart& part) {
  const auto description = part.members.String(kDescription);
  if (!description.has_value()) return;
  const text::DisplayText text = text::InspectDisplayText(*description);
  if (text.characters > kMaxDescriptionCharacters) {
    part.members.Add(ViolationIf(part.rules.strict()), kDescription, v1::FINDING_REASON_MEMBER_TOO_LONG,
                     absl::StrCat(TooLong(text.characters, kMaxDescriptionCharacters), "; left out"));
  } else if (text.deceptive) {
    part.members.Warning(kDescription, v1::FINDING_REASON_DESCRIPTION_CHARACTERS,
                         "description has control, bidirectional or invisible characters; left out");
  } else {
    part.metadata.set_description(std::string(*description));
  }
}

// Whether users see this host anyway: it is the host of the client identifier or of a redirect URI.
bool IsFamiliarHost(const DocumentPart& part, string_view host) {
  const std::string lower = absl::AsciiStrToLower(std::string(host));
  const auto& callbacks = part.metadata.callbacks();
  return lower == absl::AsciiStrToLower(part.url.host) ||
         std::any_of(callbacks.begin(), callbacks.end(),
                     [&](const std::string& callback) { return HostForConsent(callback) == lower; });
}

// Judges a link that users are shown and that this system never follows. Returns it if it may be shown.
std::optional<string_view> JudgeLink(DocumentPart& part, string_view name) {
  const auto link = part.members.String(name);
  if (!link.has_value()) return std::nullopt;
  const bool strict = part.rules.strict();
  const auto refuse = [&](Severity severity, v1::FindingReason reason, string_view why) {
    part.members.Add(
        severity, name, reason,
        absl::StrCat(Quoted(*link), " ", std::string(why), severity == Severity::kWarning ? "; left out" : ""));
    return std::nullopt;
  };
  const Severity severity = ViolationIf(strict);
  if (link->empty()) return refuse(severity, v1::FINDING_REASON_MEMBER_EMPTY, "is empty");
  if (link->size() > kMaxUriBytes) {
    return refuse(severity, v1::FINDING_REASON_MEMBER_TOO_LONG, "is longer than 2048 bytes");
  }
  const auto uri = SplitUri(*link);
  if (!uri.has_value()) return refuse(severity, v1::FINDING_REASON_URI_MALFORMED, "is no absolute URL");
  const bool https = HasScheme(*uri, "https");
  if (!https && !HasScheme(*uri, "http")) {
    // Some publishers embed their logo as a data: URL. It is left out and not held against them.
    const bool hostile = IsHostileScheme(uri->scheme) && !HasScheme(*uri, "data");
    return refuse(ViolationIf(strict || hostile), v1::FINDING_REASON_URI_SCHEME_FORBIDDEN, "is neither https nor http");
  }
  const HostKind host = ClassifyHost(uri->host);
  const bool well_formed = FindForbiddenByte(*link, *uri) == string_view::npos && IsPercentEncodingValid(*link) &&
                           host != HostKind::kMissing && host != HostKind::kMalformed &&
                           EffectivePort(*uri).has_value();
  if (!well_formed) return refuse(severity, v1::FINDING_REASON_URI_MALFORMED, "is malformed");
  if (uri->userinfo.has_value()) {
    return refuse(severity, v1::FINDING_REASON_URI_MALFORMED, "has a user name or password");
  }
  if (strict) return link;
  if (host != HostKind::kDomainName && !part.rules.allow_special_hosts) {
    return refuse(Severity::kWarning, v1::FINDING_REASON_URI_HOST_FORBIDDEN, "does not lead to a public host");
  }
  if (!https) {
    part.members.Warning(name, v1::FINDING_REASON_URI_SCHEME_FORBIDDEN,
                         absl::StrCat(Quoted(*link), " uses http, so that anybody on the way can replace it"));
  }
  if (!IsFamiliarHost(part, uri->host)) {
    part.members.Warning(name, v1::FINDING_REASON_URI_OTHER_HOST,
                         absl::StrCat(Quoted(*link),
                                      " is on another host than the client identifier and the "
                                      "redirect URIs"));
  }
  return link;
}

}  // namespace

void JudgePresentation(DocumentPart part) {
  JudgeClientName(part);
  JudgeDescription(part);
  if (const auto link = JudgeLink(part, "logo_uri"); link.has_value()) part.metadata.set_logo_uri(std::string(*link));
  if (part.rules.strict()) return;
  if (const auto link = JudgeLink(part, "client_uri"); link.has_value()) {
    part.metadata.set_client_uri(std::string(*link));
  }
}

}  // namespace cimd::metadata
