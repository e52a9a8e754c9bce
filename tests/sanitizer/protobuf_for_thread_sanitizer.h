#ifndef CIMD_TESTS_SANITIZER_PROTOBUF_FOR_THREAD_SANITIZER_H_
#define CIMD_TESTS_SANITIZER_PROTOBUF_FOR_THREAD_SANITIZER_H_

// Included before everything else when the thread sanitizer is on. Protobuf's map fields have two more members then,
// which those in the packaged library, compiled without the sanitizer, do not have: whatever reads a map that the
// library made, such as that of google.protobuf.Struct, looks for it in the wrong place. This declares them as they are
// there. The first include is the standard library's own look at the sanitizer, which stays as it is.
#include <memory>

#pragma push_macro("__SANITIZE_THREAD__")
#undef __SANITIZE_THREAD__
#include "google/protobuf/map_field.h"
#pragma pop_macro("__SANITIZE_THREAD__")

#endif  // CIMD_TESTS_SANITIZER_PROTOBUF_FOR_THREAD_SANITIZER_H_
