#include "adapters.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

namespace ledd::cases {
namespace {

constexpr std::size_t kFewestKneeSlices = 8;  // a knee is wider than any eight slices that can be used

Match refused(std::string reason) {
  return {false, std::move(reason)};
}

/// A scanner's word for the body part is a hint; what is plainly another part is taken as a no.
bool names_another_part(std::string words) {
  std::transform(words.begin(), words.end(), words.begin(), [](unsigned char c) {
    return static_cast<char>(std::toupper(c));
  });
  constexpr std::array<const char*, 16> kOthers{"SPINE",
                                                "HIP",
                                                "PELVIS",
                                                "ABDOMEN",
                                                "CHEST",
                                                "THORAX",
                                                "HEAD",
                                                "BRAIN",
                                                "NECK",
                                                "HEART",
                                                "LIVER",
                                                "PROSTATE",
                                                "HAND",
                                                "WRIST",
                                                "BREAST",
                                                "SHOULDER"};
  return std::any_of(kOthers.begin(), kOthers.end(), [&](const char* other) {
    return words.find(other) != std::string::npos;
  });
}

}  // namespace

std::string learned_bytes(const std::filesystem::path& file) {
  try {
    return files::read_bytes(file);
  } catch (const Error& e) {
    throw Error(Errc::kParam, fmt::format("the installation is not complete: {}", e.what()));
  }
}

Match match_knee_mr(const dicom::Stack& stack, const std::string& pipeline) {
  if (stack.modality != "MR")
    return refused(fmt::format(
        "modality {}: {} needs MR", stack.modality.empty() ? "missing" : stack.modality, pipeline));
  if (stack.localizer)
    return refused(fmt::format("a localizer: {} measures only what was made to be looked at", pipeline));
  if (names_another_part(stack.body_part))
    return refused(fmt::format("BodyPartExamined says {}: {} needs a knee", stack.body_part, pipeline));
  return {true, ""};
}

Match match_knee_slices(std::size_t slices) {
  if (slices >= kFewestKneeSlices) return {true, ""};
  return refused(fmt::format(
      "{} slice{}: knee-mri needs at least {}", slices, slices == 1 ? "" : "s", kFewestKneeSlices));
}

Match match_whole_knee(const dicom::Stack& stack) {
  const Match match = match_knee_mr(stack, "knee-mri");
  return match.accepted ? match_knee_slices(stack.slices.size()) : match;
}

}  // namespace ledd::cases
