#pragma once
#include <gmock/gmock.h>

#include <csignal>
#include <map>

#include "program.h"

namespace ledd::testing {

/// What a run over three sound series and one with a gap left.
struct Night : ::testing::Test {
  Folder in, folder;
  std::filesystem::path out = folder / "out";

  void SetUp() override {
    for (int n = 1; n <= 4; ++n) {
      const std::string name = std::to_string(n);
      write_series(in / name,
                   sagittal_series("1.2.3." + name),
                   {{"PatientID", "S-" + name}, {"StudyDate", "2024053" + std::string(n == 4 ? "0" : "1")}});
    }
    std::filesystem::remove(in / "4" / "0003.dcm");
    const Ended ended = ledd({"run", "threshold", in.path().string(), "-o", out.string()});
    ASSERT_EQ(ended.exit, 8) << ended.err;
  }

  /// The files beside the case folders, name -> content.
  /// Tables and pages; the log of who made them is another thing.
  static std::map<std::string, std::string> beside(const std::filesystem::path& where) {
    std::map<std::string, std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(where))
      if (entry.is_regular_file() && entry.path().filename() != "audit.jsonl")
        found[entry.path().filename().string()] = files::read_bytes(entry.path());
    return found;
  }
  std::filesystem::path first_case() const {
    std::vector<std::filesystem::path> folders;
    for (const auto& entry : std::filesystem::directory_iterator(out / "cases"))
      folders.push_back(entry.path());
    std::sort(folders.begin(), folders.end());
    return folders.at(0);
  }
};

}  // namespace ledd::testing
