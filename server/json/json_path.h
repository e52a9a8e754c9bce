#ifndef CIMD_SERVER_JSON_JSON_PATH_H_
#define CIMD_SERVER_JSON_JSON_PATH_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace cimd::json {

// JSON paths (RFC 9535), which name the value that a finding is about. The root is "$". A member name that is not a
// plain word is quoted: "$['client_name#fr']". Names are UTF-8 from documents that an attacker controls; control
// characters are escaped.
std::string MemberPath(std::string_view parent, std::string_view name);
std::string ElementPath(std::string_view parent, size_t index);

}  // namespace cimd::json

#endif  // CIMD_SERVER_JSON_JSON_PATH_H_
