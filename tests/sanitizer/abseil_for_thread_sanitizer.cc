// Tells the thread sanitizer what Abseil's locks do. The packaged Abseil is compiled without the sanitizer, which
// therefore sees neither a lock nor what it orders, and would call every access that a lock guards a race.
//
// Linked into an executable, these definitions go before those of the shared library, for its own calls and gRPC's as
// well. Each lets the library do the work, found by its mangled name, between the announcements that
// <sanitizer/tsan_interface.h> describes. Between "pre" and "post" the sanitizer looks away from the calling thread, so
// that the conditions of other threads, which Abseil evaluates while it unlocks, are not taken for unguarded reads.
#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>

#include <cstdio>
#include <cstdlib>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace absl {
ABSL_NAMESPACE_BEGIN
namespace {

constexpr unsigned kWriter = 0;
constexpr unsigned kReader = __tsan_mutex_read_lock;

template <typename Function>
Function LibraryFunction(const char* symbol) {
  void* function = dlsym(RTLD_NEXT, symbol);
  if (function == nullptr) {
    std::fprintf(stderr, "Abseil has no %s; this is not the version that tests/sanitizer is written for\n", symbol);
    std::abort();
  }
  return reinterpret_cast<Function>(function);
}

using Act = void (*)(Mutex*);
using Try = bool (*)(Mutex*);

template <typename Take>
auto Locking(Mutex* mutex, unsigned flags, Take take) {
  __tsan_mutex_pre_lock(mutex, flags);
  struct Post {
    Mutex* mutex;
    unsigned flags;
    ~Post() { __tsan_mutex_post_lock(mutex, flags, 0); }
  } post{mutex, flags};
  return take();
}

bool Trying(Mutex* mutex, unsigned flags, Try take) {
  flags |= __tsan_mutex_try_lock;
  __tsan_mutex_pre_lock(mutex, flags);
  const bool taken = take(mutex);
  __tsan_mutex_post_lock(mutex, taken ? flags : flags | __tsan_mutex_try_lock_failed, 0);
  return taken;
}

void Unlocking(Mutex* mutex, unsigned flags, Act give_back) {
  __tsan_mutex_pre_unlock(mutex, flags);
  give_back(mutex);
  __tsan_mutex_post_unlock(mutex, flags);
}

// Runs what gives a lock back and takes it again. The lock is taken to be held for writing: nobody here waits with one
// that is held for reading.
template <typename Wait>
auto Waiting(Mutex* mutex, Wait wait) {
  __tsan_mutex_pre_unlock(mutex, kWriter);
  __tsan_mutex_post_unlock(mutex, kWriter);
  return Locking(mutex, kWriter, wait);
}

}  // namespace

Mutex::~Mutex() {
  static const auto destroy = LibraryFunction<Act>("_ZN4absl7debian35MutexD1Ev");
  __tsan_mutex_destroy(this, __tsan_mutex_not_static);
  destroy(this);
}

void Mutex::Lock() {
  static const auto lock = LibraryFunction<Act>("_ZN4absl7debian35Mutex4LockEv");
  Locking(this, kWriter, [this] { lock(this); });
}

void Mutex::Unlock() {
  static const auto unlock = LibraryFunction<Act>("_ZN4absl7debian35Mutex6UnlockEv");
  Unlocking(this, kWriter, unlock);
}

bool Mutex::TryLock() {
  static const auto try_lock = LibraryFunction<Try>("_ZN4absl7debian35Mutex7TryLockEv");
  return Trying(this, kWriter, try_lock);
}

void Mutex::ReaderLock() {
  static const auto lock = LibraryFunction<Act>("_ZN4absl7debian35Mutex10ReaderLockEv");
  Locking(this, kReader, [this] { lock(this); });
}

void Mutex::ReaderUnlock() {
  static const auto unlock = LibraryFunction<Act>("_ZN4absl7debian35Mutex12ReaderUnlockEv");
  Unlocking(this, kReader, unlock);
}

bool Mutex::ReaderTryLock() {
  static const auto try_lock = LibraryFunction<Try>("_ZN4absl7debian35Mutex13ReaderTryLockEv");
  return Trying(this, kReader, try_lock);
}

void Mutex::LockWhen(const Condition& condition) {
  static const auto lock =
      LibraryFunction<void (*)(Mutex*, const Condition&)>("_ZN4absl7debian35Mutex8LockWhenERKNS0_9ConditionE");
  Locking(this, kWriter, [&] { lock(this, condition); });
}

bool Mutex::LockWhenWithTimeout(const Condition& condition, Duration timeout) {
  return LockWhenWithDeadline(condition, Now() + timeout);
}

bool Mutex::LockWhenWithDeadline(const Condition& condition, Time deadline) {
  static const auto lock = LibraryFunction<bool (*)(Mutex*, const Condition&, Time)>(
      "_ZN4absl7debian35Mutex20LockWhenWithDeadlineERKNS0_9ConditionENS0_4TimeE");
  return Locking(this, kWriter, [&] { return lock(this, condition, deadline); });
}

void Mutex::ReaderLockWhen(const Condition& condition) {
  static const auto lock =
      LibraryFunction<void (*)(Mutex*, const Condition&)>("_ZN4absl7debian35Mutex14ReaderLockWhenERKNS0_9ConditionE");
  Locking(this, kReader, [&] { lock(this, condition); });
}

void Mutex::Await(const Condition& condition) {
  static const auto await =
      LibraryFunction<void (*)(Mutex*, const Condition&)>("_ZN4absl7debian35Mutex5AwaitERKNS0_9ConditionE");
  Waiting(this, [&] { await(this, condition); });
}

bool Mutex::AwaitWithTimeout(const Condition& condition, Duration timeout) {
  return AwaitWithDeadline(condition, Now() + timeout);
}

bool Mutex::AwaitWithDeadline(const Condition& condition, Time deadline) {
  static const auto await = LibraryFunction<bool (*)(Mutex*, const Condition&, Time)>(
      "_ZN4absl7debian35Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE");
  return Waiting(this, [&] { return await(this, condition, deadline); });
}

void CondVar::Wait(Mutex* mutex) {
  static const auto wait = LibraryFunction<void (*)(CondVar*, Mutex*)>("_ZN4absl7debian37CondVar4WaitEPNS0_5MutexE");
  Waiting(mutex, [&] { wait(this, mutex); });
}

bool CondVar::WaitWithTimeout(Mutex* mutex, Duration timeout) { return WaitWithDeadline(mutex, Now() + timeout); }

bool CondVar::WaitWithDeadline(Mutex* mutex, Time deadline) {
  static const auto wait = LibraryFunction<bool (*)(CondVar*, Mutex*, Time)>(
      "_ZN4absl7debian37CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE");
  return Waiting(mutex, [&] { return wait(this, mutex, deadline); });
}

// The next two also order by atomics, past their locks.

void Notification::Notify() {
  static const auto notify = LibraryFunction<void (*)(Notification*)>("_ZN4absl7debian312Notification6NotifyEv");
  __tsan_release(this);
  notify(this);
}

void Notification::WaitForNotification() const {
  static const auto wait =
      LibraryFunction<void (*)(const Notification*)>("_ZNK4absl7debian312Notification19WaitForNotificationEv");
  wait(this);
  __tsan_acquire(const_cast<Notification*>(this));
}

bool Notification::WaitForNotificationWithTimeout(Duration timeout) const {
  return WaitForNotificationWithDeadline(Now() + timeout);
}

bool Notification::WaitForNotificationWithDeadline(Time deadline) const {
  static const auto wait = LibraryFunction<bool (*)(const Notification*, Time)>(
      "_ZNK4absl7debian312Notification31WaitForNotificationWithDeadlineENS0_4TimeE");
  const bool notified = wait(this, deadline);
  if (notified) __tsan_acquire(const_cast<Notification*>(this));
  return notified;
}

bool BlockingCounter::DecrementCount() {
  static const auto decrement =
      LibraryFunction<bool (*)(BlockingCounter*)>("_ZN4absl7debian315BlockingCounter14DecrementCountEv");
  __tsan_release(this);
  return decrement(this);
}

void BlockingCounter::Wait() {
  static const auto wait = LibraryFunction<void (*)(BlockingCounter*)>("_ZN4absl7debian315BlockingCounter4WaitEv");
  wait(this);
  __tsan_acquire(this);
}

ABSL_NAMESPACE_END
}  // namespace absl
