#ifndef CIMD_SERVER_CRYPTO_RANDOM_H_
#define CIMD_SERVER_CRYPTO_RANDOM_H_

#include <cstddef>
#include <string>

namespace cimd::crypto {

// `length` characters drawn uniformly from [0-9A-Za-z] with the operating system's random source: 5.95 bits each, so
// 22 of them are as many as a UUID has and more. Ends the process if the source fails. Thread-safe.
std::string RandomAlphanumeric(size_t length);

}  // namespace cimd::crypto

#endif  // CIMD_SERVER_CRYPTO_RANDOM_H_
