#ifndef CIMD_TESTS_INTEGRATION_DOCUMENTS_H_
#define CIMD_TESTS_INTEGRATION_DOCUMENTS_H_

#include <string>
#include <vector>

#include "nlohmann/json.hpp"

namespace cimd::testing {

// Returns a document without a violation in either profile.
inline std::string GoodDocument(const std::string& url, const std::string& client_name = "Good Client",
                                const std::vector<std::string>& redirect_uris = {"https://client.example.net/callback"},
                                const std::vector<std::string>& grant_types = {"authorization_code", "refresh_token"}) {
  nlohmann::ordered_json document;
  document["client_id"] = url;
  document["client_name"] = client_name;
  document["application_type"] = "web";
  document["redirect_uris"] = redirect_uris;
  document["grant_types"] = grant_types;
  document["response_types"] = {"code"};
  document["token_endpoint_auth_method"] = "none";
  return document.dump();
}

}  // namespace cimd::testing

#endif  // CIMD_TESTS_INTEGRATION_DOCUMENTS_H_
