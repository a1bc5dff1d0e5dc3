#include "ledd/cases/study_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "ledd/core/config.h"
#include "ledd/core/error.h"
#include "ledd/deidentification/subject_key.h"

#include "finished.h"
#include "naming.h"
#include "study_place.h"
#include "study_rules.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;

/// What tells two cases of one id apart.
std::vector<std::string> makings(const PlannedCase& planned) {
  std::vector<std::string> all;
  for (const Companion& companion : planned.companions)
    all.push_back(fmt::format("{} {}", name_of(companion.role), companion.series.id));
  return all;
}

class Planner {
 public:
  Planner(const StudyFile& file,
          const Survey& survey,
          const Registry& registry,
          deidentification::SubjectKey* key)
      : file_(file), survey_(survey), registry_(registry), key_(key), naming_(key) {}

  StudyPlan work() {
    plan_.file = file_;
    for (const auto& protocol : file_.study.protocols)
      rules_.push_back(study_rule(protocol, file_, registry_));
    check_endpoints(file_.study, rules_);
    for (std::size_t n = 0; n < survey_.series.size(); ++n) {
      places_.push_back(place_of(survey_.series[n], file_));
      at_.emplace(survey_.series[n].id, n);
    }
    plan_.finished = std::make_shared<const std::vector<Finished>>(finished_cases(file_.out));
    find_baselines();
    for (const StudyRule& rule : rules_) plan_rule(rule);
    keep_own_cases();
    add_earlier();
    list_series();
    return std::move(plan_);
  }

 private:
  /// What windows and lists know the subject of a series by.
  std::string person(const Place& place) const {
    if (!place.subject.empty() || key_ == nullptr)
      return place.subject.empty() ? place.header_id : place.subject;
    return key_->pseudonym(place.header_id).value_or(place.header_id);
  }

  /// Whether the protocol speaks of the series, whatever the visit; and if so, why it is not taken.
  bool speaks_of(const StudyRule& rule, std::size_t n) const {
    return study::all_hold(rule.protocol.match, places_[n].facts);
  }
  std::string not_accepted(const StudyRule& rule, std::size_t n) const {
    for (const Verdict& verdict : survey_.series[n].verdicts)
      if (verdict.pipeline == rule.pipeline.name && !verdict.match.accepted)
        return fmt::format("{} does not take it: {}", rule.pipeline.name, verdict.match.reason);
    return "";
  }
  std::string other_visit(const StudyRule& rule, std::size_t n) const {
    const auto& wanted = rule.protocol.visits;
    if (wanted.empty()) return "";
    const auto found = visit_of(places_[n]);
    // What no visit claims is measured all the same: a window may be changed later.
    const bool wants =
        found.empty() || std::any_of(found.begin(), found.end(), [&](const std::string& visit) {
          return std::find(wanted.begin(), wanted.end(), visit) != wanted.end();
        });
    return wants ? "" : fmt::format("not for visit {}", fmt::join(found, " or "));
  }

  std::vector<std::string> visit_of(const Place& place) const {
    const std::string name = person(place);
    return study::visit_on(file_.study, file_.lists, name, place.date, baseline_of(name)).visits;
  }
  std::optional<study::Date> baseline_of(const std::string& name) const {
    const auto it = plan_.baselines.find(name);
    return it == plan_.baselines.end() ? std::nullopt : std::optional(it->second);
  }

  void note_date(const std::string& name, study::Date date) {
    // Those whom nobody named are not one person.
    if (!file_.study.baseline_file.empty() || name.empty()) return;
    const auto [it, is_new] = plan_.baselines.emplace(name, date);
    if (!is_new) it->second = std::min(it->second, date);
  }

  /// The first day on which a protocol's series was made, of the input and of earlier runs.
  void find_baselines() {
    for (const auto& [subject, date] : file_.lists.baselines) plan_.baselines.emplace(subject, date);
    for (std::size_t n = 0; n < places_.size(); ++n) {
      const Place& place = places_[n];
      if (!place.date || !place.refused.empty()) continue;
      if (key_ != nullptr && key_->pseudonym(place.header_id)) {
        const auto& stack = survey_.series[n].stack;
        if (const auto moved = study::parse_date(key_->date(place.header_id, stack ? stack->study_date : "")))
          moved_by_[person(place)] = *place.date - *moved;
      }
      for (const StudyRule& rule : rules_)
        if (speaks_of(rule, n) && not_accepted(rule, n).empty()) note_date(person(place), *place.date);
    }
    for (const Finished& one : *plan_.finished)
      if (const auto date = date_of(one)) note_date(one.endpoints.info.subject, *date);
  }

  /// Of a case that this study measured earlier; with a key, as the header had it where that can be told.
  std::optional<study::Date> date_of(const Finished& one) const {
    if (!one.study || one.study->study != file_.study.name) return std::nullopt;
    auto date = study::parse_date(one.endpoints.info.study_date);
    const auto moved = moved_by_.find(one.endpoints.info.subject);
    if (date && moved != moved_by_.end()) *date += moved->second;
    return date;
  }

  void plan_rule(const StudyRule& rule) {
    plan_.jobs.push_back({rule.protocol.name, &rule.pipeline, rule.prepared, {}});
    PlanRequest request;
    request.forced = false;
    request.unused = rule.prepared.unused;
    for (std::size_t n = 0; n < survey_.series.size(); ++n) {
      if (!speaks_of(rule, n) || !not_accepted(rule, n).empty()) continue;
      if (!places_[n].refused.empty())
        refuse(rule, n);
      else if (other_visit(rule, n).empty())
        request.series.push_back(survey_.series[n].id);
    }
    if (request.series.empty()) return;
    auto planned = cases::plan(survey_, rule.pipeline, request);
    if (key_ != nullptr) name_cases(planned, *key_);
    for (PlannedCase& one : planned) take(rule, std::move(one));
  }

  void refuse(const StudyRule& rule, std::size_t n) {
    StudyCase one;
    one.protocol = rule.protocol.name;
    one.pipeline = rule.pipeline.name;
    // Under a key nobody may be named whom it does not know.
    if (key_ == nullptr) one.shown_subject = places_[n].header_id;
    if (key_ == nullptr && places_[n].date) one.shown_date = study::to_text(*places_[n].date);
    one.refused = places_[n].refused;
    if (key_ == nullptr) one.refused = describe(survey_.series[n]) + ": " + one.refused;
    plan_.cases.push_back(std::move(one));
  }

  void note_use(const Series& series, const std::string& protocol, const std::string& case_id) {
    protocols_[series.id].insert(protocol);
    cases_[series.id].insert(case_id);
  }

  void take(const StudyRule& rule, PlannedCase planned) {
    StudyCase one = case_of(rule, planned);
    const bool refused = !one.refused.empty();
    // Its subject may have got a pseudonym just now.
    if (const auto known = baseline_of(places_[at_.at(planned.series->id)].header_id);
        known && one.subject.empty())
      plan_.baselines.emplace(one.shown_subject, *known);
    plan_.cases.push_back(std::move(one));
    if (refused) return;
    note_use(*planned.series, rule.protocol.name, planned.id);
    for (const Companion& companion : planned.companions)
      note_use(companion.series, rule.protocol.name, planned.id);
    if (is_new(rule, planned)) plan_.jobs.back().cases.push_back(std::move(planned));
  }

  StudyCase case_of(const StudyRule& rule, const PlannedCase& planned) const {
    const Place& place = places_[at_.at(planned.series->id)];
    StudyCase one;
    one.protocol = rule.protocol.name;
    one.pipeline = rule.pipeline.name;
    one.case_id = planned.id;
    one.subject = place.subject;
    one.site = place.site;
    one.scanner = place.scanner;
    one.date = place.date;
    one.problem = naming_.text(planned.problem, planned);
    one.side = place.facts.texts.contains("laterality") ? place.facts.texts.at("laterality") : "";
    one.deviations = place.deviations;
    const PlannedCase named = naming_.named(planned);
    show(*named.series, place.header_id, one);
    check_tolerance(rule, planned, place, one);
    return one;
  }

  void show(const Series& named, const std::string& header_id, StudyCase& one) const {
    one.shown_subject = !one.subject.empty() ? one.subject
                        : named.stack        ? named.stack->patient_id
                                             : header_id;
    one.shown_site = one.site.empty() && named.stack ? named.stack->institution : one.site;
    one.shown_scanner = one.scanner.empty() && named.stack ? scanner_of(*named.stack) : one.scanner;
    const auto date = named.stack ? study::parse_date(named.stack->study_date) : std::nullopt;
    one.shown_date = date ? study::to_text(*date) : "";
    // What a key takes out of the header must not come back as a value that was found.
    for (StudyDeviation& deviation : one.deviations)
      if (key_ != nullptr && (deviation.what == "site" || deviation.what == "scanner"))
        deviation.found = deviation.what == "site" ? one.shown_site : one.shown_scanner;
  }

  void check_tolerance(const StudyRule& rule,
                       const PlannedCase& planned,
                       const Place& place,
                       StudyCase& one) const {
    study::Facts facts = place.facts;
    const auto echoes = std::count_if(planned.companions.begin(),
                                      planned.companions.end(),
                                      [](const auto& c) { return c.role == SeriesRole::kEcho; });
    facts.numbers["echoes"] = {static_cast<double>(echoes + 1)};
    const PlannedCase named = naming_.named(planned);
    study::Facts shown = key_ == nullptr ? facts : facts_of(*named.series, file_.folder);
    shown.numbers["echoes"] = facts.numbers["echoes"];
    for (const study::Condition& condition : rule.protocol.tolerance) {
      if (study::holds(condition, facts)) continue;
      one.deviations.push_back({condition.fact, study::expected(condition), study::found(condition, shown)});
      if (!rule.protocol.refuse_deviations) continue;
      one.off_protocol = true;
      one.refused = "off protocol, and the protocol refuses that";
    }
  }

  /// @throws Error{kParam}  an earlier protocol makes another case of it.
  bool is_new(const StudyRule& rule, const PlannedCase& planned) {
    const auto [it, is_new] = owner_.emplace(planned.id, plan_.jobs.size() - 1);
    if (is_new) return true;
    const StudyJob& job = plan_.jobs[it->second];
    const auto same = [&](const PlannedCase& one) { return one.id == planned.id; };
    const auto held = std::find_if(job.cases.begin(), job.cases.end(), same);
    std::string differs;
    for (const auto& [name, value] : rule.prepared.effective)
      if (const auto other = job.prepared.effective.find(name);
          other == job.prepared.effective.end() || other->second != value)
        differs += fmt::format("{}{} = {} and {}",
                               differs.empty() ? "" : ", ",
                               name,
                               other == job.prepared.effective.end() ? "nothing" : to_text(other->second),
                               to_text(value));
    if (differs.empty() && makings(*held) != makings(planned)) differs = "they use other series beside it";
    require(
        differs.empty(),
        Errc::kParam,
        fmt::format("protocols '{}' and '{}' both measure {} by {}, but not alike ({}): it can be one case "
                    "only; narrow the 'match' of one of them",
                    job.protocol,
                    rule.protocol.name,
                    describe(planned),
                    rule.pipeline.name,
                    differs));
    return false;
  }

  /// A companion that another protocol measures by itself keeps its own case.
  void keep_own_cases() {
    for (StudyJob& job : plan_.jobs)
      for (PlannedCase& one : job.cases)
        one.replaces.erase(std::remove_if(one.replaces.begin(),
                                          one.replaces.end(),
                                          [&](const std::string& id) { return owner_.contains(id); }),
                           one.replaces.end());
  }

  /// Cases that this study finished before and that nothing plans now: files were moved away, rules changed.
  void add_earlier() {
    std::set<std::string> known;
    for (const StudyCase& one : plan_.cases) known.insert(one.case_id);
    for (const Finished& finished : *plan_.finished) {
      if (!finished.study || finished.study->study != file_.study.name) continue;
      if (known.contains(finished.provenance.case_id)) continue;
      for (const std::string& protocol : finished.study->protocols) {
        StudyCase one;
        const auto& info = finished.endpoints.info;
        one.protocol = protocol;
        one.pipeline = info.pipeline;
        one.case_id = info.case_id;
        one.subject = finished.study->subject;
        one.site = finished.study->site;
        one.scanner = finished.study->scanner;
        one.shown_subject = info.subject;
        one.shown_site = info.site;
        one.shown_scanner = info.scanner;
        one.shown_date = info.study_date;
        one.date = date_of(finished);
        one.planned = false;
        for (const StudyDetail& detail : finished.study->details)
          if (detail.protocol == protocol && detail.what != "side")  // told anew from what was measured
            one.deviations.push_back({detail.what, detail.expected, detail.found});
        plan_.cases.push_back(std::move(one));
      }
    }
  }

  std::string why_unused(std::size_t n) const {
    std::string reasons;
    for (const StudyRule& rule : rules_) {
      if (!speaks_of(rule, n)) continue;
      std::string why = not_accepted(rule, n);
      if (why.empty()) why = places_[n].refused;
      if (why.empty()) why = other_visit(rule, n);
      if (why.empty()) why = "off protocol, and the protocol refuses that";
      reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", rule.protocol.name, why);
    }
    return reasons.empty() ? "no protocol matches it" : reasons;
  }

  void list_series() {
    for (std::size_t n = 0; n < survey_.series.size(); ++n) {
      const Series& series = survey_.series[n];
      const Place& place = places_[n];
      StudySeries row;
      row.series = series.id;
      row.subject = place.subject.empty() ? place.header_id : place.subject;
      row.study_date = place.date ? study::to_text(*place.date) : "";
      row.description = describe(series);
      row.protocols = fmt::format("{}", fmt::join(protocols_[series.id], " "));
      row.cases = fmt::format("{}", fmt::join(cases_[series.id], " "));
      if (row.cases.empty()) row.reason = why_unused(n);
      plan_.series.push_back(std::move(row));
    }
    std::sort(plan_.series.begin(), plan_.series.end(), [](const StudySeries& a, const StudySeries& b) {
      return std::tie(a.subject, a.study_date, a.description, a.series) <
             std::tie(b.subject, b.study_date, b.description, b.series);
    });
  }

  const StudyFile& file_;
  const Survey& survey_;
  const Registry& registry_;
  deidentification::SubjectKey* key_;
  Naming naming_;
  StudyPlan plan_;
  std::vector<StudyRule> rules_;
  std::vector<Place> places_;                          ///< One for each series of the survey.
  std::map<std::string, std::size_t> at_;              ///< By Series::id.
  std::map<std::string, std::chrono::days> moved_by_;  ///< By person: what a key takes off its dates.
  std::map<std::string, std::size_t> owner_;           ///< The job that has a case, by case id.
  std::map<std::string, std::set<std::string>> protocols_, cases_;  ///< By Series::id.
};

}  // namespace

StudyPlan plan_study(const StudyFile& file,
                     const Survey& survey,
                     const Registry& registry,
                     deidentification::SubjectKey* key) {
  return Planner(file, survey, registry, key).work();
}

}  // namespace ledd::cases
