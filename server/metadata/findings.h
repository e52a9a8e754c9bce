#ifndef CIMD_SERVER_METADATA_FINDINGS_H_
#define CIMD_SERVER_METADATA_FINDINGS_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cimd/v1/metadata_document.pb.h"

namespace cimd::metadata {

enum class Severity { kViolation, kWarning };

// For what one profile refuses and the other lets pass with a warning.
inline Severity ViolationIf(bool violation) { return violation ? Severity::kViolation : Severity::kWarning; }

// What a rule has to say about one value, before anybody decided where in a document that value stands.
struct Remark {
  Severity severity = Severity::kViolation;
  v1::FindingReason reason = v1::FINDING_REASON_UNSPECIFIED;
  std::string message;
};

// The remarks of the rules that judge one value.
class Remarks {
 public:
  void Violation(v1::FindingReason reason, std::string message) {
    remarks_.push_back({Severity::kViolation, reason, std::move(message)});
    acceptable_ = false;
  }
  void Warning(v1::FindingReason reason, std::string message) {
    remarks_.push_back({Severity::kWarning, reason, std::move(message)});
  }
  void Add(Severity severity, v1::FindingReason reason, std::string message) {
    severity == Severity::kViolation ? Violation(reason, std::move(message)) : Warning(reason, std::move(message));
  }

  // Whether no rule was broken.
  bool acceptable() const { return acceptable_; }
  const std::vector<Remark>& all() const { return remarks_; }

 private:
  std::vector<Remark> remarks_;
  bool acceptable_ = true;
};

v1::Finding MakeFinding(v1::FindingReason reason, std::string path, std::string message);

// `text` (attacker-controlled bytes) as messages quote it: in double quotes, everything but printable ASCII escaped,
// cut short after 80 bytes.
std::string Quoted(std::string_view text);

}  // namespace cimd::metadata

#endif  // CIMD_SERVER_METADATA_FINDINGS_H_
