#ifndef CIMD_TESTS_SERVER_GATEWAY_API_EVERY_ENDPOINT_H_
#define CIMD_TESTS_SERVER_GATEWAY_API_EVERY_ENDPOINT_H_

#include <string>
#include <vector>

namespace cimd::testing {

struct EndpointAddress {
  std::string method;
  // The path template, for example "/api/v2/clients/{id}".
  std::string path;
  // True if the path of an issuer may come first.
  bool under_issuer = false;
};

// Returns every route of the gateway, from the list that the gateway serves.
std::vector<EndpointAddress> EveryEndpoint();

}  // namespace cimd::testing

#endif  // CIMD_TESTS_SERVER_GATEWAY_API_EVERY_ENDPOINT_H_
