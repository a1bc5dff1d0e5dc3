#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "network.h"

namespace ledd::testing {

int run_program(const std::vector<std::string>& words) {
  std::vector<std::string> copy = words;
  std::vector<char*> argv;
  argv.reserve(copy.size() + 1);
  for (auto& word : copy) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid == 0) {
    const int nothing = ::open("/dev/null", O_RDWR);
    for (const int stream : {0, 1, 2}) ::dup2(nothing, stream);
    ::execvp(argv[0], argv.data());
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool has_program(const std::string& name) {
  const char* set = std::getenv("PATH");
  std::istringstream folders((set != nullptr ? std::string(set) : std::string()) + ":/usr/sbin");
  for (std::string folder; std::getline(folders, folder, ':');)
    if (::access(std::filesystem::path(folder).append(name).c_str(), X_OK) == 0) return true;
  return false;
}

}  // namespace ledd::testing
