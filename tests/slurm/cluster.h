#pragma once
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "folder.h"
#include "program.h"

namespace ledd::testing {

/// A port that nobody uses at this moment.
inline int free_port() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), size);
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(descriptor);
  return ntohs(address.sin_port);
}

/// A real slurmctld, slurmd and munged of this process alone, gone when it ends; see `cluster`.
class Cluster {
 public:
  /// Why there can be none here; empty when there can.
  static std::string missing() {
    if (::geteuid() != 0) return "slurmctld, slurmd and munged are started as root";
    for (const char* program :
         {"/usr/sbin/slurmctld", "/usr/sbin/slurmd", "/usr/sbin/munged", "/usr/bin/sbatch"})
      if (!std::filesystem::exists(program)) return std::string(program) + " is not installed";
    return "";
  }

  Cluster() {
    ::setenv("SLURM_CONF", (root_.path() / "slurm.conf").c_str(), 1);
    const Ended up =
        call({"up", root_.path().string(), std::to_string(free_port()), std::to_string(free_port())});
    EXPECT_EQ(up.exit, 0) << up.out << up.err;
  }
  ~Cluster() { call({"down", root_.path().string()}); }
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  void kill_controller() const { EXPECT_EQ(call({"kill", root_.path().string()}).exit, 0); }
  void restart_controller() const {
    const Ended back = call({"restart", root_.path().string()});
    EXPECT_EQ(back.exit, 0) << back.err;
  }

  /// A node that was asked to start what it already runs is drained until somebody says that it is well.
  void resume_node() const { EXPECT_EQ(call({"resume", root_.path().string()}).exit, 0); }

  static Ended call(const std::vector<std::string>& words, const std::string& program = LEDD_CLUSTER) {
    return Running(words, program).wait();
  }

 private:
  Folder root_;
};

}  // namespace ledd::testing
