#include "echoes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

namespace ledd::cases {
namespace {

using Key = std::tuple<std::string, std::string, std::string>;

/// Some archives and de-identifiers give every echo a series (even a study) of its own. What the scanner
/// numbered as one series in one frame of reference is one; where it states neither, the UIDs count.
Key key_of(const dicom::Stack& stack) {
  if (!stack.frame_of_reference_uid.empty() && stack.series_number)
    return {stack.patient_id, stack.frame_of_reference_uid, std::to_string(*stack.series_number)};
  return {stack.patient_id, stack.study_uid, stack.series_uid};
}

double echo_time(const Series& series) {
  return series.stack->echo_time_ms.value_or(-1.0);
}

bool first_of(const Series* a, const Series* b) {
  return std::make_tuple(echo_time(*a), a->id) < std::make_tuple(echo_time(*b), b->id);
}

bool near(const Point& a, const Point& b, double tolerance) {
  return std::abs(a[0] - b[0]) <= tolerance && std::abs(a[1] - b[1]) <= tolerance &&
         std::abs(a[2] - b[2]) <= tolerance;
}

/// Why voxels of two stacks are not the same places; empty when they are.
std::string other_geometry(const dicom::Stack& a, const dicom::Stack& b) {
  if (a.columns != b.columns || a.rows != b.rows || a.slices.size() != b.slices.size())
    return fmt::format("{} x {} x {} and {} x {} x {} voxels",
                       a.columns,
                       a.rows,
                       a.slices.size(),
                       b.columns,
                       b.rows,
                       b.slices.size());
  constexpr double kToleranceMm = 0.01, kTurn = 1e-4;
  const bool same_spacing = std::abs(a.pixel_spacing_mm[0] - b.pixel_spacing_mm[0]) <= 1e-3 &&
                            std::abs(a.pixel_spacing_mm[1] - b.pixel_spacing_mm[1]) <= 1e-3;
  if (!same_spacing) return "different pixel spacing";
  if (!near(a.row_lps, b.row_lps, kTurn) || !near(a.column_lps, b.column_lps, kTurn))
    return "different directions";
  for (std::size_t k = 0; k < a.slices.size(); ++k)
    if (!near(a.slices[k].position_lps_mm, b.slices[k].position_lps_mm, kToleranceMm))
      return fmt::format("slice {} at different positions", k + 1);
  return "";
}

/// Why these stacks are no series of echoes; empty when they are. In ascending order of echo time.
std::string problem_of(const std::vector<const Series*>& echoes, bool several) {
  if (echoes.size() < 2 && !several) return echoes.front()->problem;
  for (const Series* one : echoes) {
    if (!one->problem.empty())
      return fmt::format("its echo at {:g} ms cannot be used: {}", echo_time(*one), one->problem);
    if (!(echo_time(*one) > 0.0))
      return fmt::format("a stack of {} slices states no EchoTime (0018,0081) above 0",
                         one->stack->slices.size());
  }
  if (echoes.size() < 2)
    return fmt::format("one echo, at {:g} ms: a decay needs two or more", echo_time(*echoes.front()));
  for (std::size_t i = 1; i < echoes.size(); ++i) {
    if (echo_time(*echoes[i]) == echo_time(*echoes[i - 1]))
      return fmt::format(
          "two stacks have the same EchoTime (0018,0081), {:g} ms: which one is the echo's magnitude "
          "cannot be told",
          echo_time(*echoes[i]));
    if (const auto why = other_geometry(*echoes.front()->stack, *echoes[i]->stack); !why.empty())
      return fmt::format("echoes of different geometry: those at {:g} and {:g} ms have {}",
                         echo_time(*echoes.front()),
                         echo_time(*echoes[i]),
                         why);
  }
  return "";
}

PlannedCase case_of(const std::vector<const Series*>& echoes, bool several) {
  const Series& first = *echoes.front();
  PlannedCase planned{"", first, problem_of(echoes, several), weighting_of(first)};
  for (std::size_t i = 1; i < echoes.size(); ++i)
    planned.companions.push_back({*echoes[i], SeriesRole::kEcho, weighting_of(*echoes[i])});
  return planned;
}

}  // namespace

void refuse_lone_echoes(Survey& survey, const Registry& registry) {
  std::map<Key, std::set<double>> times;
  for (const Series& series : survey.series)
    if (series.stack) times[key_of(*series.stack)].insert(echo_time(series));
  for (Series& series : survey.series) {
    if (!series.stack || times.at(key_of(*series.stack)).size() >= 2) continue;
    for (Verdict& verdict : series.verdicts) {
      const auto asks = std::find_if(
          registry.begin(), registry.end(), [&](const Pipeline& p) { return p.name == verdict.pipeline; });
      if (asks == registry.end() || asks->echoes != Echoes::kSeveral || !verdict.match.accepted) continue;
      verdict.match = {
          false,
          fmt::format(
              "one echo, at {:g} ms: {} needs a series of two or more", echo_time(series), verdict.pipeline)};
    }
  }
}

std::vector<PlannedCase> join_echoes(const JoinInput& input, bool several) {
  std::map<Key, std::vector<const Series*>> groups;
  for (const Series* series : input.accepted)
    if (series->stack) groups[key_of(*series->stack)].push_back(series);
  std::set<Key> wanted;
  std::vector<PlannedCase> cases;
  for (const Series* series : input.primaries) {
    if (series->stack)
      wanted.insert(key_of(*series->stack));
    else
      cases.push_back({"", *series, series->problem, weighting_of(*series)});
  }
  for (const Key& key : wanted) {
    auto& echoes = groups.at(key);
    std::sort(echoes.begin(), echoes.end(), first_of);
    cases.push_back(case_of(echoes, several));
  }
  return cases;
}

}  // namespace ledd::cases
