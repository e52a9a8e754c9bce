#ifndef CIMD_SERVER_ADMISSION_URL_PATTERN_H_
#define CIMD_SERVER_ADMISSION_URL_PATTERN_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/admission/normal_form.h"

namespace cimd::admission {

inline constexpr size_t kMaxPatternBytes = 512;

// A pattern of client identifier URLs:
//
//   pattern = "https://" host [":" port] path
//   host    = a lower-case name in A-labels, or "*." and such a name: one or more leading labels
//   path    = *( "/" segment ) [ "/**" ]
//   segment = literal bytes without "*", "?" and "#", or "*": one whole segment that is not empty
//
// "/**" stands last and matches one or more segments, of which none is empty. A literal "?query" may follow a path
// without wildcards; without one, only URLs without a query match. Ports are equal or both absent.
//
// Immutable and thread-safe. Matching is linear in the URL, whose bytes are an attacker's, and allocates nothing in
// MatchesBytes.
class UrlPattern {
 public:
  // INVALID_ARGUMENT says what is wrong with the text, for the admin who wrote it.
  static absl::StatusOr<UrlPattern> Parse(std::string_view text);

  // For admitting: whether the URL's bytes match. Nothing is decoded: another spelling is another client.
  bool MatchesBytes(std::string_view url) const;

  // For refusing: whether the URL's bytes match, or its normal form matches the pattern's. A publisher can spell one
  // URL in many ways, so case of the host, a default port, dot segments and needless percent-encoding make no
  // difference, nor does a query that the pattern does not name.
  bool MatchesAnySpelling(std::string_view url) const;

  // The same for a URL whose normal form is known, for `NormalForm()` of the pattern.
  bool MatchesNormal(const NormalUrl& url) const;
  // The pattern with needless percent-encodings and a default port taken out.
  UrlPattern NormalForm() const;

  // Whether every URL whose bytes `other` matches is matched by this as well.
  bool Covers(const UrlPattern& other) const;

  // Where the URL first differs, in words for an admin: "host differs", "segment 2: wanted *, got empty". Empty when
  // its bytes match.
  std::string FirstDifference(std::string_view url) const;

  const std::string& text() const { return text_; }
  // The name after "*."; empty when the host has no wildcard.
  std::string_view wildcard_domain() const;
  // Whether exactly one URL matches by its bytes.
  bool is_exact() const;

 private:
  struct Segment {
    std::string literal;
    bool any = false;
  };
  // A URL's parts as the pattern is held against them.
  struct Target {
    std::string_view host;
    std::string_view port;
    std::string_view path;
    std::optional<std::string_view> query;
  };
  // What differs, counted from the left; kNone when everything matches.
  enum class Difference { kNone, kHost, kPort, kSegment, kQuery };
  struct Comparison {
    Difference difference = Difference::kNone;
    size_t segment = 0;  // counted from 1
    std::string_view wanted;
    std::string_view got;
  };

  UrlPattern() = default;
  absl::Status ParseHost(std::string_view host);
  absl::Status ParsePath(std::string_view path);
  bool MatchesHost(std::string_view host) const;
  Comparison Compare(const Target& target, bool ignore_query) const;
  bool CoversHost(const UrlPattern& other) const;
  static std::optional<Target> TargetOf(std::string_view url);

  std::string text_;
  std::string host_;  // without "*."
  bool any_subdomain_ = false;
  std::string port_;
  std::vector<Segment> segments_;
  bool any_rest_ = false;
  std::optional<std::string> query_;
};

}  // namespace cimd::admission

#endif  // CIMD_SERVER_ADMISSION_URL_PATTERN_H_
