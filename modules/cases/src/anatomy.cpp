#include "anatomy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include "echoes.h"
#include "join.h"

namespace ledd::cases {
namespace {

/// One series with its echoes, as it would be segmented.
struct Candidate {
  const PlannedCase* series = nullptr;
  bool states_frame = false;  ///< The same frame of reference as the primary.
  Relation relation{};        ///< To the primary, where their positions can be compared.

  const dicom::Stack& stack() const { return *series->series->stack; }

  auto order() const {
    const auto& s = stack();
    return std::make_tuple(!states_frame,
                           std::lround(s.slice_spacing_mm * 100.0),
                           std::lround(std::max(s.pixel_spacing_mm[0], s.pixel_spacing_mm[1]) * 1000.0),
                           s.series_number.value_or(std::numeric_limits<int>::max()),
                           series->series->id);
  }
};

std::set<std::string> ids_of(const PlannedCase& one) {
  std::set<std::string> ids{one.series->id};
  for (const Companion& companion : one.companions) ids.insert(companion.series.id);
  return ids;
}

using Studies = std::map<std::string, std::vector<const PlannedCase*>>;  ///< By StudyInstanceUID.

/// All series of a study other than the case's own, the best one first. Echoes of one series together.
std::vector<Candidate> others_of_study(const PlannedCase& planned, const Studies& studies) {
  const auto own = ids_of(planned);
  const dicom::Stack& primary = *planned.series->stack;
  std::vector<Candidate> others;
  const auto study = studies.find(primary.study_uid);
  if (study == studies.end()) return others;
  for (const PlannedCase* one : study->second) {
    const auto ids = ids_of(*one);
    const bool is_own = std::any_of(ids.begin(), ids.end(), [&](const auto& id) { return own.contains(id); });
    if (is_own || !same_study(*one->series->stack, primary)) continue;
    Candidate candidate{one};
    candidate.states_frame = !primary.frame_of_reference_uid.empty() &&
                             primary.frame_of_reference_uid == candidate.stack().frame_of_reference_uid;
    if (candidate.states_frame) candidate.relation = relate_across(candidate.stack(), primary);
    others.push_back(std::move(candidate));
  }
  std::sort(others.begin(), others.end(), [](const auto& a, const auto& b) { return a.order() < b.order(); });
  return others;
}

/// Why a candidate cannot be segmented for the case; empty when it can.
std::string why_not(const Candidate& candidate, const PlannedCase& planned, const AnatomyRule& rule) {
  if (!candidate.series->problem.empty()) return candidate.series->problem;
  const dicom::Stack& stack = candidate.stack();
  const dicom::Stack& primary = *planned.series->stack;
  if (auto match = rule.match(stack, primary); !match.accepted) return match.reason;
  const bool both_state = !stack.frame_of_reference_uid.empty() && !primary.frame_of_reference_uid.empty();
  if (both_state && !candidate.states_frame)
    return "FrameOfReferenceUID (0020,0052) differs: positions cannot be compared";
  if (candidate.states_frame && !(candidate.relation.covered >= kLeastCover))
    return fmt::format("it covers {:.0f} % of the echoes' extent, {:.0f} % are needed",
                       100.0 * std::max(0.0, candidate.relation.covered),
                       100.0 * kLeastCover);
  return "";
}

bool wants_one(const PlannedCase& planned, const AnatomyRule& rule) {
  if (!planned.problem.empty() || !planned.series->stack) return false;
  std::vector<MrWeighting> echoes{planned.weighting};
  for (const Companion& companion : planned.companions) echoes.push_back(companion.weighting);
  return rule.wanted(echoes);
}

void add(const Candidate& candidate, PlannedCase& planned) {
  const auto add_one = [&](const Series& series, const MrWeighting& weighting) {
    planned.companions.push_back(
        {series, SeriesRole::kAnatomy, weighting, candidate.relation.above_mm, candidate.relation.below_mm});
  };
  add_one(*candidate.series->series, candidate.series->weighting);
  for (const Companion& echo : candidate.series->companions) add_one(echo.series, echo.weighting);
}

/// The first candidate that can be used. Returns why there is none; empty when there is.
std::string add_best(const std::vector<Candidate>& candidates,
                     const AnatomyRule& rule,
                     PlannedCase& planned) {
  constexpr std::size_t kNamed = 3;  // of a long study the best ones say enough
  std::string refusals;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const std::string reason = why_not(candidates[i], planned, rule);
    if (reason.empty()) {
      add(candidates[i], planned);
      return "";
    }
    if (i < kNamed)
      refusals +=
          fmt::format("{}{}: {}", i == 0 ? "" : "; ", describe(*candidates[i].series->series), reason);
  }
  if (candidates.empty()) return "the study holds no other series";
  if (candidates.size() > kNamed) refusals += fmt::format("; and {} more", candidates.size() - kNamed);
  return "no other series of the study can be segmented for it: " + refusals;
}

}  // namespace

void add_anatomy(const Survey& survey, const AnatomyRule& rule, bool join, std::vector<PlannedCase>& cases) {
  JoinInput input;
  for (const Series& series : survey.series)
    if (series.stack && !series.stack->slices.empty()) input.accepted.push_back(&series);
  input.primaries = input.accepted;
  const auto all = join_echoes(input, false);
  Studies studies;
  for (const PlannedCase& one : all) studies[one.series->stack->study_uid].push_back(&one);
  for (PlannedCase& planned : cases) {
    if (!wants_one(planned, rule)) continue;
    if (!join) {
      planned.no_anatomy = "series of a study are not to be used together (--no-companions)";
      continue;
    }
    planned.no_anatomy = add_best(others_of_study(planned, studies), rule, planned);
  }
}

}  // namespace ledd::cases
