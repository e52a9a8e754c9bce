// What the thread sanitizer is not to report.

extern "C" const char* __tsan_default_suppressions();

const char* __tsan_default_suppressions() {
  return
      // The packaged RocksDB is compiled without the sanitizer: what its memtables and versions order by atomics is
      // not seen, what they compare, copy and free through the C library is. Its mutexes are seen, and stay so.
      "race:librocksdb.so\n"
      // The pool of random generators of the packaged Abseil, behind a spin lock inside of the library.
      "race:libabsl_random_internal_pool_urbg.so\n"
      // The graph of locks of the packaged Abseil, which has to be free of cycles, behind a spin lock likewise.
      "race:libabsl_graphcycles_internal.so\n"
      // The table of time zones of the packaged Abseil, which the first who asks makes, behind a lock inside of it.
      "race:libabsl_time_zone.so\n"
      // The packaged gRPC counts the references to its calls, channels and statuses by atomics that are not seen.
      // Looked away from is only what these libraries themselves allocate, free and copy: what our code does in their
      // callbacks is judged like any other.
      "called_from_lib:libgrpc.so\n"
      "called_from_lib:libgrpc++.so\n"
      "called_from_lib:libabsl_cord.so\n"
      "called_from_lib:libabsl_status.so\n";
}
