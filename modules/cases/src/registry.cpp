#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>

#include "ledd/cases/pipeline.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "adapters.h"
#include "memory.h"

namespace ledd::cases {
namespace {

constexpr double kCos30 = 0.86602540378443865;
constexpr double kCos45 = 0.70710678118654752;  // discs of a steep sacrum are tilted by as much

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return static_cast<char>(std::toupper(c));
  });
  return text;
}

/// Why a normal (unit vector, LPS) is not that of a sagittal stack; empty when it is.
std::string not_sagittal(const Point& normal_lps, const std::string& pipeline) {
  if (std::abs(normal_lps[0]) >= kCos30) return "";
  for (const auto& [axis, plane] : {std::pair{1U, "coronal"}, std::pair{2U, "axial"}})
    if (std::abs(normal_lps[axis]) >= kCos30)
      return fmt::format("{}: {} needs a sagittal stack", plane, pipeline);
  const double off_deg =
      std::acos(std::clamp(std::abs(normal_lps[0]), 0.0, 1.0)) * 180.0 / 3.14159265358979323846;
  return fmt::format(
      "oblique: its normal is {:.0f} degrees off the left-right axis, {} takes up to 30", off_deg, pipeline);
}

std::string too_few(std::size_t have, std::size_t need, const std::string& pipeline) {
  return fmt::format("{} slice{}: {} needs at least {}", have, have == 1 ? "" : "s", pipeline, need);
}

Match refused(std::string reason) {
  return {false, std::move(reason)};
}

}  // namespace

Match match_sagittal_mr(const dicom::Stack& stack, std::size_t slices, const std::string& pipeline) {
  if (stack.modality != "MR")
    return refused(fmt::format(
        "modality {}: {} needs MR", stack.modality.empty() ? "missing" : stack.modality, pipeline));
  // A scanner's words are hints, and may be wrong; only a plain "knee" is taken as a no.
  for (const auto& [where, text] : {std::pair{"BodyPartExamined", &stack.body_part},
                                    std::pair{"SeriesDescription", &stack.series_description},
                                    std::pair{"ProtocolName", &stack.protocol},
                                    std::pair{"StudyDescription", &stack.study_description}})
    if (upper(*text).find("KNEE") != std::string::npos)
      return refused(fmt::format("{} says knee: {} needs a spine", where, pipeline));
  if (stack.localizer)
    return refused(fmt::format("a localizer: {} measures only what was made to be looked at", pipeline));
  if (stack.slices.size() < slices) return refused(too_few(stack.slices.size(), slices, pipeline));
  if (auto reason = not_sagittal(stack.normal_lps, pipeline); !reason.empty()) return refused(reason);
  return {true, ""};
}

Match match_sagittal_image(const itk::ImageBase<3>& image, std::size_t slices, const std::string& pipeline) {
  const auto spacing = image.GetSpacing();
  unsigned across = 0;
  for (unsigned a = 1; a < 3; ++a)
    if (spacing[a] > spacing[across]) across = a;
  const double finest = std::min({spacing[0], spacing[1], spacing[2]});
  // Nearly cubic voxels have no slice direction: what counts is the axis that runs left-right.
  if (spacing[across] < 1.5 * finest)
    for (unsigned a = 0; a < 3; ++a)
      if (std::abs(image.GetDirection()(0, a)) > std::abs(image.GetDirection()(0, across))) across = a;
  Point normal_lps{};
  for (unsigned row = 0; row < 3; ++row) normal_lps[row] = image.GetDirection()(row, across);
  const auto count = image.GetLargestPossibleRegion().GetSize(across);
  if (auto reason = not_sagittal(normal_lps, pipeline); !reason.empty()) return refused(reason);
  if (count < slices) return refused(too_few(count, slices, pipeline));
  return {true, ""};
}

Match match_counting_mr(const dicom::Stack& stack, const std::string& pipeline) {
  if (stack.modality != "MR") return refused("modality " + stack.modality);
  if (stack.slices.size() < 2) return refused(too_few(stack.slices.size(), 2, pipeline));
  if (auto reason = not_sagittal(stack.normal_lps, pipeline); !reason.empty()) return refused(reason);
  return {true, ""};
}

Match match_axial_mr(const dicom::Stack& stack, const std::string& pipeline) {
  if (stack.modality != "MR") return refused("modality " + stack.modality);
  if (stack.localizer) return refused("a localizer");
  if (std::abs(stack.normal_lps[2]) < kCos45)
    return refused(fmt::format("not axial: {} cuts muscles and canal across", pipeline));
  return {true, ""};
}

std::string_view name_of(SeriesRole role) noexcept {
  switch (role) {
    case SeriesRole::kPrimary: return "primary";
    case SeriesRole::kContrast: return "contrast";
    case SeriesRole::kCounting: return "counting";
    case SeriesRole::kAxial: return "axial";
    case SeriesRole::kEcho: return "echo";
    case SeriesRole::kAnatomy: return "anatomy";
  }
  return "contrast";
}

const Pipeline& find_pipeline(const Registry& registry, const std::string& name) {
  std::string known;
  for (const Pipeline& pipeline : registry) {
    if (pipeline.name == name) return pipeline;
    known += (known.empty() ? "" : ", ") + pipeline.name;
  }
  throw Error(Errc::kParam,
              fmt::format("there is no pipeline '{}'; there {}",
                          name,
                          known.empty() ? "are none in this build" : "is: " + known));
}

Resources installed_resources() {
  if (const char* set = std::getenv("LEDD_SHARE"); set != nullptr && *set != '\0') return {set};
  const auto program = std::filesystem::read_symlink("/proc/self/exe");
  return {program.parent_path().parent_path() / "share" / "ledd"};
}

Registry builtin_pipelines(const Resources& resources) {
  Registry registry;
#ifdef LEDD_HAS_BONE_HRPQCT
  registry.push_back(bone_hrpqct_pipeline());
#endif
#ifdef LEDD_HAS_BONE_QCT
  registry.push_back(bone_qct_pipeline(resources));
#endif
#ifdef LEDD_HAS_KNEE_MRI
  registry.push_back(knee_mri_pipeline(resources));
#endif
#ifdef LEDD_HAS_KNEE_T2
  registry.push_back(knee_t2_pipeline(resources));
#endif
#ifdef LEDD_HAS_SPINE_MRI
  registry.push_back(spine_mri_pipeline(resources));
#endif
  const auto table = resources.share / "memory.toml";
  if (!std::filesystem::exists(table)) return registry;
  const std::string toml = files::read_bytes(table);
  for (Pipeline& pipeline : registry) try {
      pipeline.memory = memory_need(toml, pipeline.name).value_or(MemoryNeed{});
    } catch (const Error& e) {
      throw Error(Errc::kParam, e.what()).within(table.string());
    }
  return registry;
}

}  // namespace ledd::cases
