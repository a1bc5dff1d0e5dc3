#include "study_status.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>
#include <set>
#include <tuple>

#include "finished.h"

namespace ledd::cases {
namespace {

void add(std::string& text, const std::string& more) {
  if (!more.empty() && text.find(more) == std::string::npos) text += (text.empty() ? "" : "; ") + more;
}

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

/// Lists hold the dates of originals: beside the moved date of a row one would undo the moving.
std::string without_dates(const std::string& text) {
  static const std::regex date(R"(\d{4}-\d{2}-\d{2})");
  return std::regex_replace(text, date, "[date]");
}

/// A case of a protocol, with what is known of it now.
struct Live {
  const StudyCase* given = nullptr;
  const Finished* finished = nullptr;  ///< Null: it is not finished.
  std::string failure;                 ///< Why it was set aside; empty when it was not.
  std::vector<std::string> sides;      ///< "" when not known.
  std::vector<std::string> claimed;    ///< The visits that its day may be.
  std::string visit, visit_state, visit_reason;
};

/// The sides that were measured, else those of the header.
std::vector<std::string> sides_of_case(const StudyCase& given, const Finished* finished) {
  if (finished != nullptr)
    if (const auto measured = sides_of(*finished); !measured.empty())
      return {measured.rbegin(), measured.rend()};  // right first
  if (given.side == "B") return {"R", "L"};
  return {given.side == "R" || given.side == "L" ? given.side : ""};
}

class Standing {
 public:
  Standing(const StudyPlan& plan, const std::vector<Finished>& finished, study::Date today)
      : plan_(plan), finished_(finished), study_(plan.file.study), today_(study_.as_of.value_or(today)) {}

  StudyStanding work() {
    for (const Finished& one : finished_) by_id_.emplace(one.provenance.case_id, &one);
    for (const Reason& one : set_aside(plan_.file.out)) failures_.emplace(one.case_id, one.reason);
    for (const StudyCase& one : plan_.cases) live_.push_back(live_of(one));
    find_repeats();
    for (const Live& one : live_) {
      add_rows(one);
      of_protocol_[{one.given->shown_subject, one.given->protocol}].push_back(&one);
    }
    for (const study::Protocol& protocol : study_.protocols)
      if (protocol.required) add_missing(protocol);
    std::stable_sort(standing_.rows.begin(),
                     standing_.rows.end(),
                     [this](const StudyRow& a, const StudyRow& b) { return order_of(a) < order_of(b); });
    return std::move(standing_);
  }

 private:
  Live live_of(const StudyCase& given) const {
    Live one;
    one.given = &given;
    if (const auto it = by_id_.find(given.case_id); it != by_id_.end()) one.finished = it->second;
    if (const auto it = failures_.find(given.case_id); one.finished == nullptr && it != failures_.end())
      one.failure = it->second;
    if (one.failure.empty() && one.finished == nullptr) one.failure = given.problem;
    one.sides = sides_of_case(given, one.finished);
    if (!given.refused.empty() && !given.off_protocol) return one;
    if (given.shown_subject.empty()) {
      one.visit_state = "ambiguous";
      one.visit_reason = "it names no subject: PatientID (0010,0020) is empty";
      return one;
    }
    const auto found =
        study::visit_on(study_, plan_.file.lists, given.shown_subject, given.date, baseline_of(given));
    one.claimed = found.visits;
    if (found.visits.size() == 1) one.visit = found.visits.front();
    if (found.why.empty()) return one;
    one.visit_reason = plan_.file.key.empty() ? found.why : without_dates(found.why);
    one.visit_state = !given.date ? "no date" : found.visits.empty() ? "out of window" : "ambiguous";
    return one;
  }

  std::optional<study::Date> baseline_of(const StudyCase& given) const {
    return baseline_of(given.shown_subject);
  }
  std::optional<study::Date> baseline_of(const std::string& subject) const {
    const auto it = plan_.baselines.find(subject);
    return it == plan_.baselines.end() ? std::nullopt : std::optional(it->second);
  }

  /// Two days of one visit, protocol and side: nobody but the researcher can say which one it is.
  void find_repeats() {
    using Key = std::tuple<std::string, std::string, std::string, std::string>;
    std::map<Key, std::set<std::string>> days;
    std::map<Key, std::vector<Live*>> cases;
    for (Live& one : live_) {
      if (one.visit.empty() || !one.given->refused.empty()) continue;
      for (const std::string& side : one.sides) {
        const Key key{one.given->shown_subject, one.visit, one.given->protocol, side};
        days[key].insert(one.given->shown_date);
        cases[key].push_back(&one);
      }
    }
    for (const auto& [key, group] : cases) {
      if (group.size() < 2) continue;
      const bool same_day = days.at(key).size() == 1;
      for (Live* one : group) {
        std::string why = same_day ? fmt::format("one of {} of this day", group.size())
                                   : fmt::format("{} days in the window of {}: {}",
                                                 days.at(key).size(),
                                                 std::get<1>(key),
                                                 fmt::join(days.at(key), ", "));
        if (one->visit_reason.find(why) == std::string::npos) add(one->visit_reason, why);
        if (same_day) continue;
        one->visit_state = "ambiguous";
        one->visit.clear();
      }
    }
  }

  const study::Protocol* protocol_of(const std::string& name) const {
    for (const study::Protocol& one : study_.protocols)
      if (one.name == name) return &one;
    return nullptr;
  }

  std::vector<StudyDeviation> deviations_of(const Live& one, const std::string& side) const {
    auto all = one.given->deviations;
    const study::Protocol* protocol = protocol_of(one.given->protocol);
    if (protocol != nullptr && !protocol->sides.empty() && !side.empty() && !contains(protocol->sides, side))
      all.push_back({"side", fmt::format("{}", fmt::join(protocol->sides, " or ")), side});
    return all;
  }

  /// Required endpoints that the case does not have, for one of its sides.
  std::string lacking(const Live& one, const std::string& side) const {
    std::string text;
    for (const study::Endpoint& wanted : study_.endpoints) {
      if (wanted.pipeline != one.given->pipeline) continue;
      const auto regions = wanted.regions.empty() ? std::vector<std::string>{""} : wanted.regions;
      for (const std::string& region : regions) add(text, lacking(*one.finished, side, wanted, region));
    }
    return text;
  }
  static std::string lacking(const Finished& finished,
                             const std::string& side,
                             const study::Endpoint& wanted,
                             const std::string& region) {
    std::string reason = "it is not among the results";
    for (const Measurement& m : finished.endpoints.measurements) {
      const bool is_it = m.endpoint == wanted.endpoint && m.statistic == wanted.statistic &&
                         (m.side.empty() || m.side == side) && (region.empty() || m.region == region);
      if (is_it && m.value) return "";
      if (is_it) reason = m.reason;
    }
    return fmt::format("{}{}{} ({}) is missing: {}",
                       wanted.endpoint,
                       region.empty() ? "" : " of ",
                       region,
                       wanted.statistic,
                       reason);
  }

  /// The first state that holds, the worst first.
  static std::string state_of(const Live& one, const std::string& lacks, bool deviates) {
    if (!one.given->refused.empty()) return one.given->off_protocol ? "off protocol" : "refused";
    if (!one.failure.empty()) return "failed";
    if (one.finished == nullptr) return "to do";
    if (!lacks.empty()) return "incomplete";
    if (!one.visit_state.empty()) return one.visit_state;
    return deviates ? "off protocol" : "done";
  }

  void add_rows(const Live& one) {
    const StudyCase& given = *one.given;
    for (const std::string& side : one.sides) {
      const auto deviations = deviations_of(one, side);
      const std::string lacks = one.finished == nullptr ? "" : lacking(one, side);
      StudyRow row;
      row.subject = given.shown_subject;
      row.visit = one.visit;
      row.protocol = given.protocol;
      row.side = side;
      row.state = state_of(one, lacks, !deviations.empty());
      for (const std::string& reason : {given.refused, one.failure, lacks, one.visit_reason})
        add(row.reason, reason);
      if (!given.planned)
        add(row.reason, "its series is not in the input now, or no protocol takes it any more");
      if (one.finished != nullptr && !given.refused.empty())
        add(row.reason, "an earlier run measured it, and its results are in the tables");
      for (const StudyDeviation& d : deviations) {
        add(row.reason, d.what + " is off protocol");
        add(row.expected, fmt::format("{}: {}", d.what, d.expected));
        add(row.found, fmt::format("{}: {}", d.what, d.found));
      }
      row.site = given.shown_site;
      row.scanner = given.shown_scanner;
      row.study_date = given.shown_date;
      if (const auto baseline = baseline_of(given); baseline && given.date && !study_.visits.empty())
        row.day = fmt::format("{}", (*given.date - *baseline).count());
      if (given.refused.empty() || one.finished != nullptr) row.case_id = given.case_id;
      standing_.rows.push_back(std::move(row));
      name(one, deviations);
    }
  }

  void name(const Live& one, const std::vector<StudyDeviation>& deviations) {
    const StudyCase& given = *one.given;
    if (given.case_id.empty()) return;
    StudyRecord& record = standing_.names[given.case_id];
    record.study = study_.name;
    record.subject = given.subject;
    record.site = given.site;
    record.scanner = given.scanner;
    // Two protocols may see two visits in it: then it has none.
    const bool first = record.protocols.empty();
    if (first || record.visit == one.visit)
      record.visit = one.visit;
    else
      record.visit.clear();
    record.session = record.visit;
    if (!contains(record.protocols, given.protocol)) record.protocols.push_back(given.protocol);
    const auto note = [&](const std::string& text) {
      if (!contains(record.deviations, text)) record.deviations.push_back(text);
    };
    for (const StudyDeviation& d : deviations) {
      const StudyDetail detail{given.protocol, d.what, d.expected, d.found};
      if (std::find(record.details.begin(), record.details.end(), detail) == record.details.end())
        record.details.push_back(detail);
      note(fmt::format("{}: {} is {}, expected {}", given.protocol, d.what, d.found, d.expected));
    }
    if (!one.visit_state.empty()) note(fmt::format("{}: {}", one.visit_state, one.visit_reason));
    std::sort(record.protocols.begin(), record.protocols.end());
    std::sort(record.deviations.begin(), record.deviations.end());
  }

  std::set<std::string> subjects() const {
    std::set<std::string> all;
    for (const auto& [id, enrolled] : plan_.file.lists.subjects) all.insert(enrolled.subject);
    for (const StudyCase& one : plan_.cases)
      if (!one.shown_subject.empty() && (one.refused.empty() || one.off_protocol))
        all.insert(one.shown_subject);
    return all;
  }

  void add_missing(const study::Protocol& protocol) {
    const auto sides = protocol.sides.empty() ? std::vector<std::string>{""} : protocol.sides;
    for (const std::string& subject : subjects())
      for (const std::string& side : sides) {
        if (study_.visits.empty()) add_missing(protocol, subject, nullptr, side);
        for (const study::Visit& visit : study_.visits)
          if (protocol.visits.empty() || contains(protocol.visits, visit.name))
            add_missing(protocol, subject, &visit, side);
      }
  }

  void add_missing(const study::Protocol& protocol,
                   const std::string& subject,
                   const study::Visit* visit,
                   const std::string& side) {
    StudyRow row;
    for (const Live* one : of_protocol_[{subject, protocol.name}]) {
      if (visit != nullptr && !contains(one->claimed, visit->name)) continue;
      if (side.empty() || contains(one->sides, side)) return;
      if (contains(one->sides, "")) add(row.reason, "there is a case whose side is not known");
    }
    row.subject = subject;
    row.protocol = protocol.name;
    row.side = side;
    row.state = "missing";
    if (visit != nullptr) {
      row.visit = visit->name;
      const auto last = study::due(plan_.file.lists, subject, *visit, baseline_of(subject));
      // A day that is known by a key's dates only must not be printed: it would undo the moving.
      if (!last)
        add(row.reason,
            baseline_of(subject) ? "no day is planned for it" : "the subject's baseline is not known");
      else if (plan_.file.key.empty())
        add(row.reason, fmt::format("due by {}", study::to_text(*last)));
      if (!last || *last >= today_) row.state = "not due";
    }
    standing_.rows.push_back(std::move(row));
  }

  /// Visits in the order of their windows, right before left.
  using Order = std::tuple<std::string, std::size_t, std::string, int, std::string, std::string, std::string>;
  Order order_of(const StudyRow& row) const {
    std::size_t visit = study_.visits.size();
    for (std::size_t n = 0; n < study_.visits.size(); ++n)
      if (study_.visits[n].name == row.visit) visit = n;
    const int side = row.side == "R" ? 0 : row.side == "L" ? 1 : 2;
    return Order(row.subject, visit, row.protocol, side, row.study_date, row.case_id, row.reason);
  }

  const StudyPlan& plan_;
  const std::vector<Finished>& finished_;
  const study::Study& study_;
  study::Date today_;
  std::map<std::string, const Finished*> by_id_;
  std::map<std::string, std::string> failures_;
  std::vector<Live> live_;
  std::map<std::pair<std::string, std::string>, std::vector<const Live*>> of_protocol_;  ///< By subject too.
  StudyStanding standing_;
};

}  // namespace

StudyStanding standing_of(const StudyPlan& plan, const std::vector<Finished>& finished, study::Date today) {
  return Standing(plan, finished, today).work();
}

}  // namespace ledd::cases
