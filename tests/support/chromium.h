#pragma once
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

namespace ledd {

/// The first of Chromium's programs that is installed; empty when there is none.
inline std::string chromium() {
  for (const char* path : {"/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"})
    if (::access(path, X_OK) == 0) return path;
  return "";
}

/// The page as it stands after its script ran. `address`: an absolute path with what comes behind '#'.
/// `profile`: a folder for the browser's own files.
inline std::string dumped_dom(const std::string& address, const std::filesystem::path& profile) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return "";
  const std::string user = "--user-data-dir=" + profile.string();
  const std::string url = "file://" + address;
  const std::string program = chromium();
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[0]);
    if (std::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(126);
    ::setenv("HOME", profile.c_str(), 1);
    ::execl(program.c_str(),
            program.c_str(),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            user.c_str(),
            "--timeout=30000",
            "--virtual-time-budget=10000",
            "--dump-dom",
            url.c_str(),
            nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  std::string page;
  std::array<char, 65536> piece{};
  for (ssize_t n = 0; (n = ::read(ends[0], piece.data(), piece.size())) > 0;)
    page.append(piece.data(), static_cast<std::size_t>(n));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return page;
}

}  // namespace ledd

/// Ends a test as skipped where no browser is installed.
#define LEDD_NEEDS_CHROMIUM() \
  if (::ledd::chromium().empty()) GTEST_SKIP() << "needs chromium, which is not installed"
