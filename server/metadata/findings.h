#ifndef CIMD_SERVER_METADATA_FINDINGS_H_
#define CIMD_SERVER_METADATA_FINDINGS_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cimd/v1/metadata_document.pb.h"

namespace cimd::metadata {

enum class Severity { kViolation, kWarning };

// The severity of a fault that one profile refuses and the other accepts with a warning.
inline Severity ViolationIf(bool violation) { return violation ? Severity::kViolation : Severity::kWarning; }

// A finding about one value that has no path yet, because the rule does not know where in a document the value is.
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

  // Whether there is no violation.
  bool acceptable() const { return acceptable_; }
  const std::vector<Remark>& all() const { return remarks_; }

 private:
  std::vector<Remark> remarks_;
  bool acceptable_ = true;
};

v1::Finding MakeFinding(v1::FindingReason reason, std::string path, std::string message);

// `text` for use in messages: in double quotes, with everything but printable ASCII escaped, cut after 80 bytes. `text`
// may be any bytes and comes from an attacker.
std::string Quoted(std::string_view text);

}  // namespace cimd::metadata

#endif  // CIMD_SERVER_METADATA_FINDINGS_H_
