#pragma once
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <string>

#include "folder.h"

namespace ledd {

/// A file system of its own in memory, with room for `bytes`. Only root can mount one: ask mounted().
class SmallDisk {
 public:
  explicit SmallDisk(std::size_t bytes) {
    const std::string options = "size=" + std::to_string(bytes);
    mounted_ = ::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, options.c_str()) == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(folder_.path().c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool mounted() const { return mounted_; }
  const Folder& folder() const { return folder_; }
  /// Makes it read-only, for root too.
  bool freeze() const {
    return ::mount("tmpfs", folder_.path().c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr) == 0;
  }

 private:
  Folder folder_;
  bool mounted_ = false;
};

}  // namespace ledd

/// Ends a test as skipped where a small disk cannot be mounted.
#define LEDD_NEEDS_MOUNT(disk) \
  if (!(disk).mounted()) GTEST_SKIP() << "needs the right to mount a small tmpfs (root)"
