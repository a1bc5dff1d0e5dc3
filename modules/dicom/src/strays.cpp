#include "strays.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>

#include "dataset.h"
#include "geometry.h"

namespace ledd::dicom {
namespace {

namespace fs = std::filesystem;

constexpr double kCosineTolerance = 1e-3;
constexpr double kShearTolerance = 1e-3;  // radians
constexpr double kShearToleranceMm = 0.01;

bool is_sound_plane(const Scanned& file) {
  return file.facts && file.facts->defect.empty() && !file.facts->frames.empty() &&
         !file.facts->common.localizer;
}

/// Which series there are planes of: in all, and by folder.
struct KnownSeries {
  std::set<std::string> all;
  std::map<fs::path, std::set<std::string>> by_folder;

  explicit KnownSeries(const std::vector<Scanned>& files) {
    for (const Scanned& file : files) {
      if (!is_sound_plane(file)) continue;
      all.insert(file.facts->common.series_uid);
      by_folder[file.entry.path.parent_path()].insert(file.facts->common.series_uid);
    }
  }
  /// The one series of a file's folder; empty when there are more, or none.
  std::string only_series_beside(const fs::path& path) const {
    const auto found = by_folder.find(path.parent_path());
    return found != by_folder.end() && found->second.size() == 1 ? *found->second.begin() : std::string();
  }
};

void adopt(Scanned& file, const std::string& series_uid, std::string defect) {
  if (!file.facts) {
    file.facts.emplace();
    file.facts->path = file.entry.path;
  }
  file.facts->common.series_uid = series_uid;
  file.facts->defect = std::move(defect);
}

void adopt_by_folder(Scanned& file, const KnownSeries& known) {
  const std::string series = known.only_series_beside(file.entry.path);
  if (series.empty()) return;
  std::string reason = file.facts ? file.facts->defect : file.entry.reason;
  if (file.entry.decision == Decision::kIgnored && !file.facts)
    reason.insert(0, file.entry.path.string() + ": ");
  adopt(file, series, reason + "; it may be a slice of the only series in its folder");
}

void adopt_without_facts(Scanned& file, const KnownSeries& known) {
  const bool refused = file.entry.decision == Decision::kRefused;
  const bool has_series = known.all.contains(file.hint.series_uid);
  if (refused && has_series) {
    adopt(file, file.hint.series_uid, file.entry.reason);
  } else if (has_series && file.hint.image_plane) {
    adopt(
        file,
        file.hint.series_uid,
        fmt::format("{}: {} says that it is {}, though it has a position and pixels, and other images of its "
                    "series are MR or CT images",
                    file.entry.path.string(),
                    name_and_tag(DCM_SOPClassUID),
                    file.entry.reason));
  } else if (refused || (file.hint.image_plane && !file.hint.known_class)) {
    adopt_by_folder(file, known);
  }
}

/// Whether `slice` lies one spacing before the first or behind the last slice of a stack.
bool continues(const Stack& stack, const Stack& slice) {
  for (unsigned a = 0; a < 3; ++a) {
    if (!(std::abs(stack.row_lps[a] - slice.row_lps[a]) <= kCosineTolerance)) return false;
    if (!(std::abs(stack.column_lps[a] - slice.column_lps[a]) <= kCosineTolerance)) return false;
  }
  const double length_mm = stack.slice_spacing_mm * static_cast<double>(stack.slices.size());
  const double sideways_mm = std::max(kShearToleranceMm, kShearTolerance * length_mm);
  const Point& start = stack.slices.front().position_lps_mm;
  const Point& position = slice.slices.front().position_lps_mm;
  const Point step{position[0] - start[0], position[1] - start[1], position[2] - start[2]};
  const double up_mm = dot(step, stack.normal_lps);
  const double near_mm = 2.0 * tolerance_mm(stack.slice_spacing_mm);
  if (std::abs(up_mm + stack.slice_spacing_mm) > near_mm && std::abs(up_mm - length_mm) > near_mm)
    return false;
  Point drift{};
  for (unsigned a = 0; a < 3; ++a) drift[a] = step[a] - up_mm * stack.normal_lps[a];
  return std::sqrt(dot(drift, drift)) <= sideways_mm;
}

void refuse(Stack& stack, const Stack& slice) {
  stack.problem = fmt::format(
      "{}: {} is '{}\\{}\\{}', just where this stack would go on, but its header differs from that of the "
      "other slices; the stack may be short of it",
      slice.slices.front().path.string(),
      name_and_tag(DCM_ImagePositionPatient),
      slice.slices.front().position_lps_mm[0],
      slice.slices.front().position_lps_mm[1],
      slice.slices.front().position_lps_mm[2]);
}

bool is_lone(const Stack& stack) {
  return stack.slices.size() == 1 && !stack.localizer;
}

}  // namespace

void adopt_strays(std::vector<Scanned>& files) {
  const KnownSeries known(files);
  for (Scanned& file : files) {
    if (!file.facts) {
      adopt_without_facts(file, known);
      continue;
    }
    const Facts& facts = *file.facts;
    const bool has_series = !facts.common.series_uid.empty() && !facts.cut_off;
    if (facts.defect.empty() || has_series || known.all.contains(facts.common.series_uid)) continue;
    if (!facts.common.localizer) adopt_by_folder(file, known);
  }
}

void refuse_continued(std::vector<Stack>& stacks) {
  std::multimap<std::string, Stack*> by_series;
  std::multimap<std::string, Stack*> by_folder;
  for (Stack& stack : stacks) {
    if (stack.slices.size() < 2 || !stack.problem.empty() || stack.localizer) continue;
    by_series.emplace(stack.series_uid, &stack);
    by_folder.emplace(stack.slices.front().path.parent_path().string(), &stack);
  }
  for (const Stack& slice : stacks) {
    if (!is_lone(slice)) continue;
    const std::string folder = slice.slices.front().path.parent_path().string();
    for (const auto& [candidates, key] :
         {std::pair(&by_series, slice.series_uid), std::pair(&by_folder, folder)}) {
      const auto [first, last] = candidates->equal_range(key);
      for (auto next = first; next != last; ++next)
        if (next->second->problem.empty() && continues(*next->second, slice)) refuse(*next->second, slice);
    }
  }
}

}  // namespace ledd::dicom
