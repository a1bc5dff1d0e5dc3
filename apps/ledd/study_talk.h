#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ledd/cases/study_plan.h"

#include "cli.h"
#include "talk.h"

namespace ledd::cli {

struct StudyRun {
  std::filesystem::path file;
  std::filesystem::path out;  ///< Empty: as the file says.
  bool dry_run = false, force = false, verify = false;
  int threads = 1, jobs = 0;
  std::optional<double> memory_mb{};
  cases::Rescue rescue{};
  std::string run_id{};
};

/// Works on the jobs of a plan, here or elsewhere; one summary for each batch.
using StudyWork =
    std::function<std::vector<cases::Summary>(const cases::StudyPlan&, const cases::BatchOptions&)>;

/// `ledd run study.toml`: plans, works, and tells people and programs where the study stands.
/// @return  The exit status.
int run_study(
    const StudyRun& run, const Program& program, Talk& talk, cases::Stop& stop, const StudyWork& work);

}  // namespace ledd::cli
