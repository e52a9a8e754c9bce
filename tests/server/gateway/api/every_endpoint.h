#ifndef CIMD_TESTS_SERVER_GATEWAY_API_EVERY_ENDPOINT_H_
#define CIMD_TESTS_SERVER_GATEWAY_API_EVERY_ENDPOINT_H_

#include <string>
#include <vector>

namespace cimd::testing {

struct EndpointAddress {
  std::string method;
  // The template: "/api/v2/clients/{id}".
  std::string path;
  // Whether the path of an issuer may precede it.
  bool under_issuer = false;
};

// Every route of the gateway, from the list that the gateway itself serves.
std::vector<EndpointAddress> EveryEndpoint();

}  // namespace cimd::testing

#endif  // CIMD_TESTS_SERVER_GATEWAY_API_EVERY_ENDPOINT_H_
