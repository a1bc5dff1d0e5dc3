#pragma once
#include <unistd.h>

#include <filesystem>
#include <stdexcept>

namespace ledd {

/// While it lives, root acts as an ordinary user (65534, `nobody`) who owns `folder`: what a system denies,
/// it never denies root. For anyone else nothing changes.
class AsOrdinaryUser {
 public:
  explicit AsOrdinaryUser(const std::filesystem::path& folder) : root_(::geteuid() == 0) {
    if (!root_) return;
    if (::chown(folder.c_str(), kNobody, static_cast<gid_t>(-1)) != 0 || ::seteuid(kNobody) != 0)
      throw std::runtime_error("cannot act as an ordinary user");
  }
  ~AsOrdinaryUser() {
    if (root_ && ::seteuid(0) != 0) std::terminate();
  }
  AsOrdinaryUser(const AsOrdinaryUser&) = delete;
  AsOrdinaryUser& operator=(const AsOrdinaryUser&) = delete;

 private:
  static constexpr uid_t kNobody = 65534;
  bool root_;
};

}  // namespace ledd
