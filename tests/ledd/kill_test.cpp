// kill -9 at random instants of a batch, and disks that fill up.
#include <gmock/gmock.h>
#include <sys/statvfs.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <random>
#include <thread>

#include "program.h"
#include "scans.h"
#include "small_disk.h"

namespace {

using ledd::testing::Ended;
using ledd::testing::Folder;
using ledd::testing::ledd;
using ledd::testing::Running;
using ledd::testing::tree;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

constexpr std::size_t kCases = 20;

void expect_nothing_partial(const fs::path& out) {
  if (fs::exists(out / "cases"))
    for (const auto& entry : fs::directory_iterator(out / "cases"))
      if (entry.path().filename().string().front() != '.') {
        EXPECT_TRUE(fs::exists(entry.path() / "provenance.json")) << entry.path();
      }
}

void expect_no_temporary(const fs::path& out) {
  for (const auto& [name, bytes] : tree(out, true)) EXPECT_THAT(name, Not(HasSubstr(".tmp")));
}

std::size_t lines_in(const fs::path& file) {
  std::ifstream in(file);
  std::size_t count = 0;
  for (std::string line; std::getline(in, line);) ++count;
  return count;
}

/// A working process to kill in place of the one that watches it.
pid_t child_of(pid_t parent) {
  pid_t child = 0;
  std::ifstream("/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent) + "/children") >> child;
  return child;
}

struct Kill : testing::Test {
  Folder in, out;
  std::mt19937 random{7};
  int kills = 0;

  Kill() {
    for (std::size_t n = 1; n <= kCases; ++n)
      ::ledd::testing::write_scan(in / (std::to_string(n) + ".nii.gz"), n);
  }
  std::vector<std::string> words(const fs::path& to) const {
    return {"run", "threshold", in.path().string(), "-o", to.string(), "--jobs", "1", "--set", "wait_s=0.02"};
  }
  /// An instant of the run: one in four anywhere from its start, the others after it began a case.
  void wait_for_an_instant(const fs::path& begun, std::size_t before) {
    const bool anywhere = random() % 4 == 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // until its output is caught
    for (int i = 0; !anywhere && i < 1000 && lines_in(begun) == before; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % (anywhere ? 500 : 120)));
  }
  /// Runs a batch, killed again and again, to its end.
  void run_to_the_end(const fs::path& to, const fs::path& begun, int wanted) {
    for (int exit = -1; exit != 0;) {
      const std::size_t before = lines_in(begun);
      const Running running(words(to));
      if (kills < wanted) {
        wait_for_an_instant(begun, before);
        const pid_t child = random() % 4 == 0 ? child_of(running.pid()) : 0;
        // An ended process that nobody waited for can be "killed": it is no kill.
        siginfo_t state{};
        ::waitid(P_PID, static_cast<id_t>(running.pid()), &state, WEXITED | WNOHANG | WNOWAIT);
        if (state.si_pid == 0) {
          ::kill(child > 0 ? child : running.pid(), SIGKILL);
          ++kills;
        }
      }
      exit = running.wait().exit;
      expect_nothing_partial(to);
    }
  }
};

TEST_F(Kill, RandomKillsCostAtMostOneCaseEachAndChangeNothing) {
  const char* asked = std::getenv("LEDD_KILLS");
  const int wanted = asked == nullptr ? 20 : std::atoi(asked);
  ASSERT_EQ(ledd(words(out / "whole")).exit, 0);
  const auto whole = tree(out / "whole");
  ASSERT_GT(whole.size(), kCases);
  std::size_t redone = 0;
  int batches = 0;
  for (; kills < wanted; ++batches) {
    const fs::path to = out / std::to_string(batches), begun = out / (std::to_string(batches) + ".begun");
    const int before = kills;
    ::setenv("LEDD_TEST_BEGUN", begun.c_str(), 1);
    run_to_the_end(to, begun, wanted);
    ::unsetenv("LEDD_TEST_BEGUN");
    EXPECT_EQ(ledd(words(to)).exit, 0);  // the next run
    expect_no_temporary(to);
    EXPECT_EQ(tree(to), whole) << "batch " << batches;
    EXPECT_LE(lines_in(begun), kCases + static_cast<std::size_t>(kills - before)) << "batch " << batches;
    redone += lines_in(begun) - kCases;
  }
  std::cout << kills << " kills over " << batches << " batches of " << kCases << " cases: " << redone
            << " cases begun again\n";
}

TEST(DiskFull, AtTwentySizesItIsSeventyFourNothingIsPartialAndItGoesOnWhenThereIsRoom) {
  const Folder in;
  for (std::size_t n = 1; n <= 4; ++n) ::ledd::testing::write_scan(in / (std::to_string(n) + ".nii.gz"), n);
  const auto words = [&](const fs::path& to) {
    return std::vector<std::string>{"run", "threshold", in.path().string(), "-o", to.string(), "--quiet"};
  };
  constexpr std::size_t kDisk = std::size_t{4} << 20U;
  const ::ledd::SmallDisk large(kDisk);
  LEDD_NEEDS_MOUNT(large);
  const fs::path whole_out = large.folder() / "out";
  ASSERT_EQ(ledd(words(whole_out)).exit, 0);
  const auto whole = tree(whole_out);
  struct statvfs state {};
  ASSERT_EQ(::statvfs(large.folder().path().c_str(), &state), 0);
  const std::size_t used = (state.f_blocks - state.f_bfree) * state.f_frsize;
  for (std::size_t step = 1; step <= 20; ++step) {
    const std::size_t room = used * step / 21;
    const ::ledd::SmallDisk disk(kDisk);
    const fs::path out = disk.folder() / "out", ballast = disk.folder() / "ballast";
    std::ofstream(ballast) << std::string(kDisk - room, 'x');
    const Ended full = ledd(words(out));
    EXPECT_EQ(full.exit, 74) << room << " bytes: " << full.err;
    expect_nothing_partial(out);
    if (fs::exists(out)) expect_no_temporary(out);
    for (const auto& [name, bytes] : tree(out))
      if (name.rfind("cases/", 0) == 0) {
        EXPECT_EQ(bytes, whole.at(name)) << name << " with " << room << " bytes of room";
      }
    fs::remove(ballast);
    EXPECT_EQ(ledd(words(out)).exit, 0) << room;
    EXPECT_EQ(tree(out), whole) << room;
  }
  std::cout << "20 sizes from " << used / 21 << " to " << used * 20 / 21 << " bytes\n";
}

}  // namespace
