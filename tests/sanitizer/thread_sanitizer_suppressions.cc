// What the thread sanitizer is not to report.

extern "C" const char* __tsan_default_suppressions();

const char* __tsan_default_suppressions() {
  return
      // The packaged RocksDB is compiled without the sanitizer: what its memtables and versions order by atomics is
      // not seen, what they compare, copy and free through the C library is. Its mutexes are seen, and stay so.
      "race:librocksdb.so\n"
      // The pool of random generators of the packaged Abseil, behind a spin lock inside of the library.
      "race:libabsl_random_internal_pool_urbg.so\n";
}
