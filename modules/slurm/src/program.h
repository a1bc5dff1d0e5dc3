#pragma once
#include <string>
#include <vector>

namespace ledd::slurm {

/// How another program ended.
struct Ended {
  int exit = -1;  ///< -1: it is not there, was killed, or took too long.
  std::string out, err;
  bool missing = false;
};

/// Runs a program found on PATH, without a shell, and collects what it prints. Killed after `patience_s`.
Ended run_program(const std::vector<std::string>& words, double patience_s);

}  // namespace ledd::slurm
