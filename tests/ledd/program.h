#pragma once
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "ledd/files/files.h"

#include "dicom_writer.h"

namespace ledd::testing {

/// How the program ended, and what it said.
struct Ended {
  int exit = -1;  ///< -1 when a signal killed it.
  int signal = 0;
  std::string out, err;
};

/// The program under way, started without a shell.
class Running {
 public:
  explicit Running(std::vector<std::string> words, const std::string& program = LEDD_UNDER_TEST)
      : out_(folder_ / "out"), err_(folder_ / "err") {
    words.insert(words.begin(), program);
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
      if (::freopen(out_.c_str(), "w", stdout) == nullptr) ::_exit(126);
      if (::freopen(err_.c_str(), "w", stderr) == nullptr) ::_exit(126);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
  }
  void signal(int number) const { ::kill(pid_, number); }
  pid_t pid() const { return pid_; }
  /// What it has said so far.
  std::string out() const { return std::filesystem::exists(out_) ? files::read_bytes(out_) : ""; }
  Ended wait() const {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1,
            WIFSIGNALED(status) ? WTERMSIG(status) : 0,
            files::read_bytes(out_),
            files::read_bytes(err_)};
  }

 private:
  Folder folder_;
  std::filesystem::path out_, err_;
  pid_t pid_ = -1;
};

inline Ended ledd(const std::vector<std::string>& words) {
  return Running(words).wait();
}

/// Every line of a text as JSON; throws when one is none.
inline std::vector<nlohmann::json> json_lines(const std::string& text) {
  std::vector<nlohmann::json> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

/// A sagittal series of six slices whose words count up to 539.
inline Series sagittal_series(const std::string& uid = "1.2.3.1") {
  Series series;
  series.slices = 6;
  series.row_lps = {0, 1, 0};
  series.column_lps = {0, 0, -1};
  series.gap_mm = 4.0;
  series.uid = uid;
  return series;
}

inline void write_series(const std::filesystem::path& folder,
                         const Series& series,
                         const std::vector<Attribute>& attributes = {}) {
  std::filesystem::create_directories(folder);
  auto slices = pictures(series);
  for (auto& slice : slices)
    slice.attributes.insert(slice.attributes.end(), attributes.begin(), attributes.end());
  write(slices, folder);
}

/// Relative path -> content of all files below a folder; what is declared to differ between runs left out,
/// and Ledd's own service folder.
inline std::map<std::string, std::string> tree(const std::filesystem::path& folder, bool all = false) {
  std::map<std::string, std::string> files;
  if (!std::filesystem::exists(folder)) return files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const bool declared = name == "provenance.json" || name == "log.txt" || name == "audit.jsonl" ||
                          name == "status.csv" || name == "reason.json";
    const std::string path = entry.path().lexically_relative(folder).string();
    const bool service = path.rfind(".ledd/", 0) == 0;
    if (entry.is_regular_file() && (all || (!declared && !service)))
      files[path] = files::read_bytes(entry.path());
  }
  return files;
}

}  // namespace ledd::testing
