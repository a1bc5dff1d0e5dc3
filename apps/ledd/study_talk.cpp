#include "study_talk.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <set>

#include "ledd/cases/plan_cache.h"
#include "ledd/core/error.h"
#include "ledd/deidentification/subject_key.h"

#include "narrator.h"

namespace ledd::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string row_line(const cases::StudyRow& r) {
  return line({{"type", "visit"},
               {"subject", r.subject},
               {"visit", r.visit},
               {"protocol", r.protocol},
               {"side", r.side},
               {"state", r.state},
               {"reason", r.reason},
               {"expected", r.expected},
               {"found", r.found},
               {"site", r.site},
               {"scanner", r.scanner},
               {"study_date", r.study_date},
               {"day", r.day},
               {"case_id", r.case_id}});
}

std::string series_line(const cases::StudySeries& s) {
  return line({{"type", "study_series"},
               {"series", s.series},
               {"subject", s.subject},
               {"study_date", s.study_date},
               {"description", s.description},
               {"protocols", s.protocols},
               {"cases", s.cases},
               {"reason", s.reason}});
}

/// "sub-01 m12 dess right: missing: due by 2027-02-10".
std::string words(const cases::StudyRow& r) {
  std::string text = r.subject.empty() ? "(no subject)" : r.subject;
  const std::string side = r.side == "R" ? "right" : r.side == "L" ? "left" : "";
  for (const std::string& word : {r.visit, r.protocol, side, r.case_id})
    if (!word.empty()) text += " " + word;
  text += ": " + r.state;
  if (!r.reason.empty()) text += ": " + r.reason;
  if (!r.expected.empty()) text += fmt::format(" (expected {}; found {})", r.expected, r.found);
  return text;
}

std::map<std::string, std::size_t> count(const std::vector<cases::StudyRow>& rows) {
  std::map<std::string, std::size_t> states;
  for (const auto& row : rows) ++states[row.state];
  return states;
}

void tell_input(const cases::Survey& survey, const cases::StudyPlan& plan, bool json, Talk& talk) {
  if (json) {
    Plans plans;
    for (const auto& job : plan.jobs) {
      auto& cases = plans[job.pipeline->name];
      cases.insert(cases.end(), job.cases.begin(), job.cases.end());
    }
    print_survey_json(survey, plans);
    for (const auto& series : plan.series) print_line(series_line(series));
  }
  for (const auto& file : survey.files)
    if (file.decision == dicom::Decision::kRefused) talk.warn("refused: " + plain(file.reason));
  for (const auto& series : plan.series)
    if (series.cases.empty())
      talk.info(plain(fmt::format(
          "not taken: {} {} {}: {}", series.subject, series.study_date, series.description, series.reason)));
}

void print_previews(const cases::StudyPlan& plan, const cases::BatchOptions& options, bool json) {
  for (const auto& job : plan.jobs) {
    if (job.cases.empty()) continue;
    for (const auto& one : cases::preview(job.cases, {*job.pipeline, job.prepared}, options))
      print_line(json ? json_line(one)
                      : plain(fmt::format("{}  {:9}  {}: {}: {}",
                                          one.case_id,
                                          one.action,
                                          job.protocol,
                                          cases::describe(one.planned),
                                          one.why)));
  }
}

/// What is as it should be is counted; all else is named.
void print_rows(const cases::StudyPlan& plan,
                const std::vector<cases::StudyRow>& rows,
                const Common& common) {
  const auto states = count(rows);
  if (common.json) {
    for (const auto& row : rows) print_line(row_line(row));
    Json counts = Json::object();
    for (const auto& state : cases::study_states())
      counts[state] = states.contains(state) ? states.at(state) : 0;
    print_line(line({{"type", "study"}, {"name", plan.file.study.name}, {"states", counts}}));
    return;
  }
  for (const auto& row : rows)
    if (common.verbose || (row.state != "done" && row.state != "to do" && row.state != "not due"))
      print_line(plain(words(row)));
  std::string text;
  for (const auto& state : cases::study_states())
    if (states.contains(state))
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", state, states.at(state));
  print_line(
      plain(fmt::format("study {}: {}", plan.file.study.name, text.empty() ? "nothing is expected" : text)));
}

bool has_work(const cases::StudyPlan& plan) {
  return std::any_of(
      plan.cases.begin(), plan.cases.end(), [](const auto& one) { return one.refused.empty(); });
}

/// One run of a study file.
class Session {
 public:
  Session(const StudyRun& run, const Program& program, Talk& talk, cases::Stop& stop)
      : run_(run), common_(program.common), talk_(talk), stop_(stop), registry_(program.registry()) {}

  int work(const StudyWork& work) {
    auto file = cases::read_study(run_.file);
    if (!run_.out.empty()) file.out = run_.out;
    std::optional<deidentification::SubjectKey> key;
    if (!file.key.empty()) key = deidentification::SubjectKey::open(file.key);
    // With a key, results hold no names: then nothing of the input's headers is kept among them.
    cases::PlanCache known({.out = file.out, .inputs = !key, .trusted = !run_.verify});
    const auto plan = plan_of(file, key ? &*key : nullptr, known);
    cases::BatchOptions options = options_for(file, key ? &*key : nullptr);
    options.known = &known;
    if (run_.dry_run) {
      print_previews(plan, options, common_.json);
      print_rows(plan, cases::study_status(plan, today()), common_);
      return 0;
    }
    if (key) key->save();
    known.save();
    cases::Summary summary = cases::joined(work(plan, options));
    known.save();
    if (!summary.output_error) finish(plan, summary);
    return print_end(summary, file.out / "study_status.csv", common_.json, talk_);
  }

 private:
  static study::Date today() {
    return std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  }

  cases::StudyPlan plan_of(const cases::StudyFile& file,
                           deidentification::SubjectKey* key,
                           cases::PlanCache& known) {
    Context context(talk_.sink(), run_.threads);
    const cases::Stop::Watch watch(stop_, context);
    const auto survey = cases::survey(file.inputs, file.out, registry_, context, &known);
    auto plan = cases::plan_study(file, survey, registry_, key);
    if (run_.rescue.empty())
      tell_input(survey, plan, common_.json, talk_);  // else it was told before the crash
    require(!survey.series.empty() || has_work(plan),
            Errc::kNotFound,
            fmt::format("no DICOM image and no NIfTI, NRRD or MHA file among {} files of the study's inputs",
                        survey.files.size()));
    return plan;
  }

  cases::BatchOptions options_for(const cases::StudyFile& file,
                                  const deidentification::SubjectKey* key) const {
    cases::BatchOptions options;
    options.out = file.out;
    options.force = run_.force;
    options.jobs = run_.jobs;
    options.memory_mb = run_.memory_mb;
    options.rescue = run_.rescue;
    options.run_id = run_.run_id;
    options.tables =
        cases::Tables::kLater;  // once, when all protocols are done and the cases have their names
    options.threads = run_.threads;
    options.key = key;
    return options;
  }

  /// Names the cases and tells where the study stands.
  void finish(const cases::StudyPlan& plan, cases::Summary& summary) {
    try {
      print_rows(plan, cases::record_study(plan, today()), common_);
      if (has_work(plan) || summary.exit != 0) return;
      talk_.warn("no series of the input can be measured: study_series.csv says why of each");
      summary.exit = exit_status(Errc::kInput);
    } catch (const Error& e) {
      summary.output_error = e;
      summary.exit = exit_status(e.code());
    }
  }

  const StudyRun& run_;
  const Common& common_;
  Talk& talk_;
  cases::Stop& stop_;
  cases::Registry registry_;
};

}  // namespace

int run_study(
    const StudyRun& run, const Program& program, Talk& talk, cases::Stop& stop, const StudyWork& work) {
  try {
    return Session(run, program, talk, stop).work(work);
  } catch (const Error& e) {
    if (!program.common.json || run.dry_run) throw;
    cases::Summary summary;
    summary.exit = exit_status(e.code());
    print_line(json_line(summary));
    throw;
  }
}

}  // namespace ledd::cli
