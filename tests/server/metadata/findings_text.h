#ifndef CIMD_TESTS_SERVER_METADATA_FINDINGS_TEXT_H_
#define CIMD_TESTS_SERVER_METADATA_FINDINGS_TEXT_H_

#include <string>
#include <string_view>
#include <vector>

#include "cimd/v1/metadata_document.pb.h"

namespace cimd::metadata {

// Returns "URL_QUERY" for FINDING_REASON_URL_QUERY.
inline std::string ReasonText(v1::FindingReason reason) {
  return v1::FindingReason_Name(reason).substr(std::string_view("FINDING_REASON_").size());
}

// Returns the findings in order and in the format of the tables: "REDIRECT_URI_DUPLICATE $.redirect_uris[1]". Without
// the path if `with_path` is false.
template <typename Findings>
std::vector<std::string> FindingsText(const Findings& findings, bool with_path = true) {
  std::vector<std::string> text;
  for (const v1::Finding& finding : findings) {
    text.push_back(ReasonText(finding.reason()) + (with_path ? " " + finding.path() : ""));
  }
  return text;
}

}  // namespace cimd::metadata

#endif  // CIMD_TESTS_SERVER_METADATA_FINDINGS_TEXT_H_
