#ifndef CIMD_SERVER_METADATA_URI_DIFFERENCE_H_
#define CIMD_SERVER_METADATA_URI_DIFFERENCE_H_

#include <string>
#include <string_view>

namespace cimd::metadata {

// Names what two URIs that are compared byte for byte differ in, when it is something that people overlook: upper and
// lower case, the scheme (http or https), the name of the loopback host, the port, a final slash. For example "the port
// and a final slash". Empty when the URIs are equal, when they differ in anything else as well, or when either is no
// URI. Either may come from an attacker. Pure; linear.
std::string DescribeSmallDifference(std::string_view a, std::string_view b);

}  // namespace cimd::metadata

#endif  // CIMD_SERVER_METADATA_URI_DIFFERENCE_H_
