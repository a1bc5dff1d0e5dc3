#include "stacks.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "dataset.h"
#include "geometry.h"
#include "strays.h"

namespace ledd::dicom {
namespace {

struct Part {
  std::string label;  ///< What distinguishes it from other stacks of the same key.
  std::vector<Plane> planes;
  std::string problem;
};

/// FNV-1a, 64 bits: short, and the same on every machine.
std::string digest(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return fmt::format("{:016x}", hash);
}

std::string key_of(const Facts& file, const std::string& contrast) {
  return fmt::format("{}|{}|{}|{}|{}|{}x{}|{}",
                     file.common.patient_id,
                     file.common.study_uid,
                     file.common.series_uid,
                     file.common.frame_of_reference_uid,
                     file.sop_class_uid,
                     file.pixels.columns,
                     file.pixels.rows,
                     contrast);
}

std::string print_orientation(const Frame& f) {
  return fmt::format("{:.4f}\\{:.4f}\\{:.4f}\\{:.4f}\\{:.4f}\\{:.4f}",
                     f.row_lps[0] + 0.0,
                     f.row_lps[1],
                     f.row_lps[2],
                     f.column_lps[0],
                     f.column_lps[1],
                     f.column_lps[2]);
}

std::string print_grid(const Frame& f) {
  return fmt::format(
      "{} spacing {:.4f}\\{:.4f}", print_orientation(f), f.pixel_spacing_mm[1], f.pixel_spacing_mm[0]);
}

/// Planes of one orientation and pixel spacing together. Order of files and paths does not matter.
std::vector<Part> by_grid(std::vector<Plane> planes) {
  std::sort(planes.begin(), planes.end(), [](const Plane& a, const Plane& b) {
    return std::tie(a.file->sop_instance_uid, a.file->path, a.frame) <
           std::tie(b.file->sop_instance_uid, b.file->path, b.frame);
  });
  std::vector<Part> parts;
  for (const Plane& plane : planes) {
    const auto same = std::find_if(parts.begin(), parts.end(), [&](const Part& part) {
      return same_grid(part.planes.front().geometry(), plane.geometry());
    });
    if (same == parts.end())
      parts.push_back({print_grid(plane.geometry()), {plane}, {}});
    else
      same->planes.push_back(plane);
  }
  return parts;
}

/// One slice that looks another way than the rest may be a slice missing from the rest: nobody can tell.
void refuse_mixed(std::vector<Part>& parts) {
  const auto lone =
      std::find_if(parts.begin(), parts.end(), [](const Part& part) { return part.planes.size() == 1; });
  if (parts.size() < 2 || lone == parts.end()) return;
  const Part& other = lone == parts.begin() ? parts[1] : parts[0];
  const Plane& plane = lone->planes.front();
  const std::string problem = fmt::format(
      "{}: {} with {} is '{}', which no other image of its series has, but '{}' in {}; mixed orientations or "
      "pixel "
      "spacings are read only when each has two slices or more",
      plane.file->path.string(),
      name_and_tag(DCM_ImageOrientationPatient),
      name_and_tag(DCM_PixelSpacing),
      lone->label,
      other.label,
      other.planes.front().file->path.string());
  for (Part& part : parts) part.problem = problem;
}

std::map<std::string, std::vector<Plane>> partition(const std::vector<Plane>& planes, int which) {
  std::map<std::string, std::vector<Plane>> parts;
  for (const Plane& plane : planes) {
    const auto& repeats = plane.geometry().repeats;
    std::string label;
    for (std::size_t i = 0; i < repeats.size(); ++i)
      if (which < 0 || static_cast<std::size_t>(which) == i)
        label += fmt::format("{} {};", repeats[i].first, repeats[i].second);
    parts[label].push_back(plane);
  }
  return parts;
}

/// When positions repeat, the first attribute that explains all repeats splits the stack; then all together.
std::vector<Part> split_repeats(const Part& whole) {
  std::vector<Part> unsplit{whole};
  sort_along_normal(unsplit[0].planes);
  if (first_repeat(unsplit[0].planes) < 0) return unsplit;
  const int count = static_cast<int>(whole.planes.front().geometry().repeats.size());
  for (int step = 0; step <= count; ++step) {
    std::vector<Part> parts;
    for (auto& [label, planes] : partition(whole.planes, step < count ? step : -1)) {
      sort_along_normal(planes);
      parts.push_back({whole.label + " " + label, planes, whole.problem});
    }
    const bool explained =
        std::all_of(parts.begin(), parts.end(), [](const Part& p) { return first_repeat(p.planes) < 0; });
    const bool volumes =
        std::any_of(parts.begin(), parts.end(), [](const Part& p) { return p.planes.size() > 1; });
    if (explained && volumes) return parts;
  }
  return unsplit;
}

/// The earliest time that an image states, whatever the order of the images.
void take_earliest(const Stack& common, Stack& stack) {
  if (common.acquired.empty()) return;
  if (!stack.acquired.empty() && common.acquired >= stack.acquired) return;
  stack.acquired = common.acquired;
  stack.acquired_from = common.acquired_from;
}

Stack make_stack(const std::string& key, const Part& part) {
  const Plane& first = part.planes.front();
  const Frame& frame = first.geometry();
  Stack stack = first.file->common;
  stack.id = digest(key + part.label);
  stack.columns = first.file->pixels.columns;
  stack.rows = first.file->pixels.rows;
  stack.echo_time_ms = frame.echo_time_ms;
  if (!frame.type.empty()) stack.image_type = frame.type;
  stack.pixel_spacing_mm = frame.pixel_spacing_mm;
  stack.row_lps = frame.row_lps;
  stack.column_lps = frame.column_lps;
  stack.normal_lps = cross(frame.row_lps, frame.column_lps);
  stack.slice_spacing_mm = mean_spacing(part.planes);
  for (const Plane& plane : part.planes) take_earliest(plane.file->common, stack);
  for (const Plane& plane : part.planes)
    stack.slices.push_back({plane.file->path,
                            plane.file->sop_instance_uid,
                            plane.file->sop_class_uid,
                            plane.frame,
                            plane.geometry().position_lps_mm,
                            plane.geometry().rescale_slope,
                            plane.geometry().rescale_intercept});
  stack.problem = part.problem.empty() ? irregularity(part.planes) : part.problem;
  return stack;
}

/// Image objects without position and orientation: set aside, unless their series has planes, which then may
/// lack this one.
void settle_without_geometry(std::vector<Scanned>& files) {
  std::set<std::string> series_with_planes;
  for (const Scanned& file : files)
    if (file.facts && !file.facts->frames.empty() && !file.facts->common.localizer)
      series_with_planes.insert(file.facts->common.series_uid);
  for (Scanned& file : files) {
    if (!file.facts || !file.facts->without_geometry || !file.facts->defect.empty()) continue;
    const std::string missing = complaint(
        file.entry.path, DCM_ImagePositionPatient, "", "so is " + name_and_tag(DCM_ImageOrientationPatient));
    if (series_with_planes.contains(file.facts->common.series_uid)) {
      file.facts->defect = missing + ", though other images of its series have them";
    } else {
      file.entry.reason = "an object without geometry: " + missing;
      file.facts.reset();
    }
  }
}

/// A slice that cannot be used may be the last one of a stack, which would then be short without anybody
/// noticing.
void spread_defects(const std::vector<Scanned>& files, std::vector<Stack>& stacks) {
  std::map<std::string, std::size_t> made;  // series that have defective files only
  std::set<std::string> told;               // series whose stacks already name a defective file
  for (const Scanned& file : files) {
    if (!file.facts || file.facts->defect.empty() || file.facts->common.series_uid.empty()) continue;
    if (file.facts->common.localizer) continue;  // no part of what is measured
    const Facts& facts = *file.facts;
    const Slice slice{facts.path, facts.sop_instance_uid, facts.sop_class_uid, 0, {}, 1.0, 0.0};
    const auto own = made.find(facts.common.series_uid);
    if (own != made.end()) {
      stacks[own->second].slices.push_back(slice);
      continue;
    }
    if (told.contains(facts.common.series_uid)) continue;
    for (Stack& stack : stacks) {
      if (stack.series_uid != facts.common.series_uid) continue;
      stack.problem = facts.defect;  // the cause; a gap found before is what it led to
      told.insert(facts.common.series_uid);
    }
    if (told.contains(facts.common.series_uid)) continue;
    made.emplace(facts.common.series_uid, stacks.size());
    Stack stack = facts.common;
    stack.id = digest(key_of(facts, "defective"));
    stack.columns = facts.pixels.columns;
    stack.rows = facts.pixels.rows;
    stack.slices = {slice};
    stack.problem = facts.defect;
    stacks.push_back(std::move(stack));
  }
}

/// A localizer serves for counting vertebrae when it is a volume; else it is no loss, and no fault.
bool is_useless_localizer(const Stack& stack) {
  return stack.localizer && (stack.modality != "MR" || !stack.problem.empty());
}

/// Why a localizer's file is set aside: what it is, and what keeps it from being a volume.
std::string describe_localizer(const Facts& facts, const std::string& problem) {
  std::string type;
  for (const std::string& value : facts.common.image_type) type += (type.empty() ? "" : "\\") + value;
  return fmt::format("a localizer: {} is {}{}",
                     name_and_tag(DCM_ImageType),
                     type,
                     problem.empty() ? "" : "; no volume: " + problem);
}

/// Takes the localizers that are no volumes out of the stacks, and settles their files.
void set_aside_localizers(std::vector<Scanned>& files, std::vector<Stack>& stacks) {
  std::map<std::filesystem::path, std::string> used;
  std::map<std::filesystem::path, std::string> problems;
  for (const Stack& stack : stacks)
    for (const Slice& slice : stack.slices)
      (is_useless_localizer(stack) ? problems : used).emplace(slice.path, stack.problem);
  std::erase_if(stacks, is_useless_localizer);
  for (Scanned& file : files) {
    if (!file.facts || !file.facts->common.localizer || used.contains(file.entry.path)) continue;
    const std::string& defect = file.facts->defect;
    file.entry.reason = describe_localizer(*file.facts, defect.empty() ? problems[file.entry.path] : defect);
    file.facts.reset();
  }
}

void write_decisions(const std::vector<Stack>& stacks, std::vector<Scanned>& files) {
  std::map<std::filesystem::path, std::vector<const Stack*>> stacks_of;
  for (const Stack& stack : stacks)
    for (const Slice& slice : stack.slices) {
      auto& list = stacks_of[slice.path];
      if (list.empty() || list.back() != &stack) list.push_back(&stack);
    }
  for (Scanned& file : files) {
    if (!file.facts) continue;
    const auto found = stacks_of.find(file.entry.path);
    const Stack* first = nullptr;
    if (found != stacks_of.end()) {
      first = found->second.front();
      for (const Stack* stack : found->second)
        if (stack->problem.empty() && !first->problem.empty()) first = stack;
      file.entry.stack_id = first->id;
    }
    const std::string& defect = file.facts->defect;
    file.entry.reason = !defect.empty() ? defect : first != nullptr ? first->problem : "belongs to no stack";
    file.entry.decision = file.entry.reason.empty() ? Decision::kUsed : Decision::kRefused;
  }
}

}  // namespace

std::vector<Stack> group(std::vector<Scanned>& files) {
  settle_without_geometry(files);
  adopt_strays(files);
  std::map<std::string, std::vector<Plane>> buckets;
  for (const Scanned& file : files) {
    if (!file.facts || !file.facts->defect.empty()) continue;
    const Facts& facts = *file.facts;
    for (unsigned f = 0; f < facts.frames.size(); ++f)
      buckets[key_of(facts, facts.frames[f].contrast)].push_back({&facts, f});
  }
  std::vector<Stack> stacks;
  for (const auto& [key, planes] : buckets) {
    std::vector<Part> grids = by_grid(planes);
    refuse_mixed(grids);
    for (const Part& grid : grids)
      for (const Part& part : split_repeats(grid)) stacks.push_back(make_stack(key, part));
  }
  refuse_continued(stacks);
  spread_defects(files, stacks);
  set_aside_localizers(files, stacks);
  std::sort(stacks.begin(), stacks.end(), [](const Stack& a, const Stack& b) {
    return std::tie(a.patient_id, a.study_uid, a.series_number, a.series_uid, a.echo_time_ms, a.id) <
           std::tie(b.patient_id, b.study_uid, b.series_number, b.series_uid, b.echo_time_ms, b.id);
  });
  write_decisions(stacks, files);
  return stacks;
}

}  // namespace ledd::dicom
