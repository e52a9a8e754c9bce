#ifndef CIMD_SERVER_METADATA_DOCUMENT_MEMBERS_H_
#define CIMD_SERVER_METADATA_DOCUMENT_MEMBERS_H_

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cimd/v1/metadata_document.pb.h"
#include "server/json/strict_json.h"
#include "server/metadata/findings.h"

namespace cimd::metadata {

// One string of an array member. Points into the document.
struct StringElement {
  size_t index = 0;
  std::string_view value;
};

// Reads the top-level members of a document by type and collects the findings about them. Findings come out in document
// order, whatever order the rules run in. The document must outlive this. Not thread-safe.
class DocumentMembers {
 public:
  // `document` is an object. With `lenient`, members that are null or empty count as absent (RFC 7592 section 2.2), and
  // an array element of the wrong type is left out with a warning.
  DocumentMembers(const json::Value& document, bool lenient);

  // In document order.
  const std::vector<std::string_view>& names() const { return names_; }

  // Null when the member is absent or counts as absent.
  const json::Value* Find(std::string_view name) const;
  // The member as it is written; null when there is none.
  const json::Value* FindWritten(std::string_view name) const;

  // The value of a string member. Nothing when it is absent, or when it has another type, which adds a MEMBER_TYPE
  // violation.
  std::optional<std::string_view> String(std::string_view name);
  // The elements that are strings. Each other one is a MEMBER_TYPE finding. Elements beyond kMaxArrayElements are not
  // read, which is a MEMBER_TOO_MANY violation.
  std::optional<std::vector<StringElement>> Strings(std::string_view name);

  // Add a finding about a member, whether it is present or not, or about one of its elements.
  void Violation(std::string_view name, v1::FindingReason reason, std::string message);
  void Warning(std::string_view name, v1::FindingReason reason, std::string message);
  void Add(Severity severity, std::string_view name, v1::FindingReason reason, std::string message);
  void AddToElement(Severity severity, std::string_view name, size_t index, v1::FindingReason reason,
                    std::string message);
  // Adds a violation at `path`, which lies inside the member.
  void ViolationAt(std::string_view name, std::string path, v1::FindingReason reason, std::string message);

  // Appends the findings to `validation`: those about present members in document order, then those about absent
  // members.
  void MoveFindingsTo(v1::Validation& validation);

 private:
  struct Located {
    size_t member;
    // The index of the element plus one; 0 for the member as a whole.
    size_t element;
    Severity severity;
    v1::Finding finding;
  };

  void Add(Severity severity, std::string_view name, size_t element, v1::Finding finding);

  const bool lenient_;
  std::vector<std::string_view> names_;
  struct Member {
    size_t position;
    const json::Value* value;
  };
  std::map<std::string_view, Member> members_;
  std::vector<Located> findings_;
};

}  // namespace cimd::metadata

#endif  // CIMD_SERVER_METADATA_DOCUMENT_MEMBERS_H_
