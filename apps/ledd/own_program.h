#pragma once
#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace ledd::cli {

/// This program, run again with other words: no shell, signals as at the start of a program, ended with
/// SIGTERM when this process dies.
class OwnProgram {
 public:
  /// @param keep_output  its standard output is kept for output(); else it is that of this process.
  OwnProgram(std::vector<std::string> words, bool keep_output);
  ~OwnProgram();
  OwnProgram(const OwnProgram&) = delete;
  OwnProgram& operator=(const OwnProgram&) = delete;

  /// Its exit status once it has ended, 128 + n after signal n; does not wait.
  std::optional<int> ended();
  void terminate();
  int wait();
  std::string output() const;

 private:
  pid_t pid_ = -1;
  int output_ = -1;
  std::optional<int> exit_;
};

}  // namespace ledd::cli
