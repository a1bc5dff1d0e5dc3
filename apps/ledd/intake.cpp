#include "intake.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>
#include <utility>

#include "ledd/core/error.h"

namespace ledd::cli {
namespace {

using dicom_network::Study;
using dicom_network::StudyState;
using Json = nlohmann::json;

constexpr int kStoppedEarly = 75;
constexpr auto kTryAgainAfter = std::chrono::seconds(5);
constexpr std::size_t kMostWarnings = 50;

/// What every sentence about slices at wrong places ends with (docs/dicom.md): one may be missing.
constexpr std::string_view kGap = "equal distances are needed";

struct Findings {
  std::vector<std::string> incomplete, warnings;

  void warn(std::string text) {
    if (std::find(warnings.begin(), warnings.end(), text) == warnings.end() &&
        warnings.size() < kMostWarnings)
      warnings.push_back(std::move(text));
  }
};

/// What `ledd inspect --json` says of the files of a study.
void read_inspection(const std::string& output, Findings& findings) {
  std::istringstream lines(output);
  for (std::string text; std::getline(lines, text);) {
    const Json line = Json::parse(text, nullptr, false);
    if (!line.is_object()) continue;
    const std::string type = line.value("type", "");
    const std::string problem = type == "series" ? line.value("problem", "") : "";
    if (problem.find(kGap) != std::string::npos)
      findings.incomplete.push_back(fmt::format("{}: {}", line.value("description", ""), problem));
    else if (!problem.empty())
      findings.warn(fmt::format("{}: {}", line.value("description", ""), problem));
    if (type == "file" && line.value("decision", "") == "refused") {
      const std::string reason = line.value("reason", "");
      if (reason.find(kGap) == std::string::npos) findings.warn(reason);
    }
  }
}

void find_conflicts(const Study& study, Findings& findings) {
  for (const auto& file : study.files)
    if (const auto dash = file.name.find('-'); dash != std::string::npos)
      findings.warn(
          fmt::format("{} has the SOP Instance UID of {}.dcm and another data set; neither is measured",
                      file.name,
                      file.name.substr(0, dash)));
}

}  // namespace

Intake::Intake(dicom_network::Drop& drop, IntakeOptions options, Talk& talk, bool json)
    : drop_(drop), options_(std::move(options)), talk_(talk), json_(json) {}

bool Intake::waits_for_run(const Study& study) const {
  const StudyState state = study.state();
  return !options_.pipeline.empty() &&
         (state == StudyState::kComplete || (state == StudyState::kIncomplete && options_.take_incomplete));
}

bool Intake::unfinished() const {
  return work_ || std::any_of(drop_.studies().begin(), drop_.studies().end(), [&](const auto& one) {
           return one.second.state() == StudyState::kReceiving || waits_for_run(one.second);
         });
}

void Intake::step() {
  if (work_) {
    const auto exit = work_->program->ended();
    if (!exit) return;
    const Work work = std::move(*work_);
    work_.reset();
    if (work.is_run)
      end_run(work, *exit);
    else
      end_check(work, *exit);
  }
  begin();
}

void Intake::stop() {
  if (!work_) return;
  work_->program->terminate();
  const int exit = work_->program->wait();
  if (work_->is_run) end_run(*work_, exit);
  work_.reset();
}

void Intake::begin() {
  const auto idle = drop_.idle(options_.idle);
  if (!idle.empty()) return begin_check(idle.front());
  if (std::chrono::steady_clock::now() < no_run_before_) return;
  for (const auto& [key, study] : drop_.studies())
    if (waits_for_run(study)) return begin_run(key);
}

void Intake::begin_check(const std::string& key) {
  const Study& study = drop_.studies().at(key);
  work_ = Work{
      key,
      study.version(),
      study.files.size(),
      false,
      std::make_unique<OwnProgram>(
          std::vector<std::string>{"inspect", "--json", "--quiet", drop_.folder_of(key).string()}, true)};
}

void Intake::end_check(const Work& work, int exit) {
  const Study& study = drop_.studies().at(work.key);
  if (study.files.size() != work.files) return;  // more came meanwhile: it is not closed yet
  Findings findings;
  read_inspection(work.program->output(), findings);
  find_conflicts(study, findings);
  if (exit >= 126 || exit == 1)
    findings.incomplete.push_back(fmt::format("the check ended with status {}", exit));
  if (exit == exit_status(Errc::kNotFound)) findings.warn("there is no image that can be measured");
  const auto expected = expected_.find(work.key);
  const std::size_t wanted = expected != expected_.end() ? expected->second : options_.expect.value_or(0);
  if (study.files.size() < wanted)
    findings.incomplete.push_back(fmt::format("{} of {} objects arrived", study.files.size(), wanted));
  drop_.close(work.key, findings.incomplete, findings.warnings);
  if (findings.incomplete.empty())
    failed_.erase(work.key);
  else
    failed_.insert(work.key);
  if (!waits_for_run(study)) ++finished_;
  tell(study, work.version);
}

void Intake::begin_run(const std::string& key) {
  const Study& study = drop_.studies().at(key);
  std::vector<std::string> words{"run",
                                 options_.pipeline,
                                 "--out",
                                 options_.out.string(),
                                 "--quiet",
                                 "--jobs",
                                 std::to_string(options_.jobs)};
  if (json_) words.emplace_back("--json");
  for (const auto& file : study.files) words.push_back((drop_.folder_of(key) / file.name).string());
  const int version = study.version();
  drop_.begin_run(key, version);
  work_ = Work{key, version, study.files.size(), true, std::make_unique<OwnProgram>(std::move(words), false)};
}

void Intake::end_run(const Work& work, int exit) {
  drop_.end_run(work.key, work.version, {options_.pipeline, exit, dicom_network::utc_now()});
  const Study& study = drop_.studies().at(work.key);
  if (exit == kStoppedEarly) {  // by a signal, or because another run works in the same folder
    no_run_before_ = std::chrono::steady_clock::now() + kTryAgainAfter;
    return;
  }
  if (exit != 0) failed_.insert(work.key);
  ++finished_;
  tell(study, work.version);
}

void Intake::tell(const Study& study, int version) {
  const auto& one = study.versions[static_cast<std::size_t>(version) - 1];
  const std::string folder = drop_.folder_of(study.key).string();
  if (json_) {
    Json line{{"type", "study"},
              {"study", study.key},
              {"study_uid", study.study_uid},
              {"version", version},
              {"state", name_of(one.state)},
              {"objects", study.files.size()},
              {"incomplete", one.incomplete},
              {"warnings", one.warnings},
              {"path", folder}};
    if (one.run) line["exit"] = one.run->exit;
    print_line(line.dump(-1, ' ', false, Json::error_handler_t::replace));
  } else {
    print_line(fmt::format(
        "{}  {}  version {}, {} objects", name_of(one.state), folder, version, study.files.size()));
  }
  for (const auto& reason : one.incomplete)
    talk_.warn(fmt::format("{}: incomplete: {}", study.key, plain(reason)));
  for (const auto& warning : one.warnings) talk_.warn(fmt::format("{}: {}", study.key, plain(warning)));
  if (one.run && one.run->exit != 0)
    talk_.warn(fmt::format("{}: {} ended with status {}", study.key, one.run->pipeline, one.run->exit));
}

}  // namespace ledd::cli
