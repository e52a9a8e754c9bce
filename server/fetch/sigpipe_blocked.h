#ifndef CIMD_SERVER_FETCH_SIGPIPE_BLOCKED_H_
#define CIMD_SERVER_FETCH_SIGPIPE_BLOCKED_H_

#include <pthread.h>
#include <signal.h>
#include <time.h>

namespace cimd::fetch {

// Blocks SIGPIPE for the current thread while an object of this class exists: writing to a closed connection then fails
// with EPIPE instead of ending the process. Multi-threaded programs need CURLOPT_NOSIGNAL, with which libcurl leaves
// SIGPIPE to its caller, and OpenSSL writes with write(2). Construct and destroy it in the same thread.
class SigpipeBlocked {
 public:
  SigpipeBlocked() {
    sigemptyset(&sigpipe_);
    sigaddset(&sigpipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &sigpipe_, &old_mask_);
  }
  ~SigpipeBlocked() {
    const timespec no_wait = {};
    // Consumes a signal that was raised while blocked; unblocking would deliver it.
    if (!was_pending_) sigtimedwait(&sigpipe_, nullptr, &no_wait);
    pthread_sigmask(SIG_SETMASK, &old_mask_, nullptr);
  }
  SigpipeBlocked(const SigpipeBlocked&) = delete;
  SigpipeBlocked& operator=(const SigpipeBlocked&) = delete;

 private:
  sigset_t sigpipe_;
  sigset_t old_mask_;
  bool was_pending_ = false;
};

}  // namespace cimd::fetch

#endif  // CIMD_SERVER_FETCH_SIGPIPE_BLOCKED_H_
