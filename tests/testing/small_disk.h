#ifndef CIMD_TESTS_TESTING_SMALL_DISK_H_
#define CIMD_TESTS_TESTING_SMALL_DISK_H_

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <string>

namespace cimd::testing {

// Moves this thread and its child processes to a mount namespace of their own. Returns false if the system does not
// permit it. Without root it also fails if the process has other threads.
inline bool EnterMountNamespace() {
  auto write_file = [](const std::string& name, const std::string& text) { std::ofstream(name) << text; };
  const std::string uid = std::to_string(getuid()), gid = std::to_string(getgid());
  if (unshare(CLONE_NEWNS) != 0) {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/uid_map", "0 " + uid + " 1");
    write_file("/proc/self/gid_map", "0 " + gid + " 1");
  }
  return mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

// Mounts a tmpfs of limited size over an existing directory for the lifetime of this object. Files written to it take
// memory. Requires EnterMountNamespace.
class SmallDisk {
 public:
  SmallDisk(const std::string& directory, const std::string& size)
      : directory_(directory),
        ballast_(directory + "/ballast"),
        mounted_(mount("disk", directory.c_str(), "tmpfs", 0, ("mode=0755,size=" + size).c_str()) == 0) {}
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted_) umount2(directory_.c_str(), MNT_DETACH);
  }

  bool mounted() const { return mounted_; }

  // Allocates all free space except `free_bytes`.
  void Fill(size_t free_bytes) {
    const int file = open(ballast_.c_str(), O_CREAT | O_WRONLY, 0600);
    const std::string block(4096, 'x');
    while (write(file, block.data(), block.size()) == static_cast<ssize_t>(block.size())) {
    }
    const off_t size = lseek(file, 0, SEEK_END);
    if (ftruncate(file, std::max<off_t>(0, size - static_cast<off_t>(free_bytes))) != 0) unlink(ballast_.c_str());
    close(file);
  }
  void Free() { unlink(ballast_.c_str()); }

  // Makes the file system read-only or writable. Returns false if a file is open for writing.
  bool SetReadOnly(bool read_only) {
    return mount("disk", directory_.c_str(), "tmpfs", MS_REMOUNT | (read_only ? MS_RDONLY : 0), nullptr) == 0;
  }

 private:
  const std::string directory_;
  const std::string ballast_;
  const bool mounted_;
};

}  // namespace cimd::testing

#endif  // CIMD_TESTS_TESTING_SMALL_DISK_H_
