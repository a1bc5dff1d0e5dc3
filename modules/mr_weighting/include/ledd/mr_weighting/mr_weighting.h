#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledd/image/image.h"

namespace ledd {

/// What makes tissue bright in an MR image.
enum class MrContrast {
  kUnknown,
  kT1,
  kT2,
  kPd,
  kStir,   ///< Inversion recovery that nulls fat (STIR, TIRM).
  kWater,  ///< The water image of a Dixon series.
  kFat,    ///< The fat image of a Dixon series.
};
std::string_view name_of(MrContrast contrast) noexcept;

/// What an MR stack is weighted to, as far as something tells.
struct MrWeighting {
  MrContrast contrast = MrContrast::kUnknown;
  bool fat_suppressed = false;  ///< Fat is dark; always so for kStir and kWater.
  double probability = 0.0;     ///< That contrast and fat_suppressed are right, 0..1; 0 when unknown.
  std::string reason;           ///< What it was read from, or why it is unknown.
  std::optional<double> repetition_time_ms{}, echo_time_ms{};  ///< Where the header tells.
};

/// "T1", "T2 FS", "STIR", "water", "unknown".
std::string short_name(const MrWeighting& weighting);

/// What a header says of a sequence; empty or nullopt where it says nothing.
struct MrTags {
  std::vector<std::string> image_type;
  std::string scanning_sequence, sequence_name, scan_options, series_description, protocol;
  std::optional<double> repetition_time_ms, echo_time_ms, inversion_time_ms, flip_angle_deg;
};

/// The weighting that a header states.
///
/// Method   Dixon parts by ImageType; then inversion recovery by TI (80 to 300 ms nulls fat at 0.5 to 3 T,
///          above that T1 or fluid attenuation); then spin echo by TR and TE (T1: TR up to 1000 and TE up to
///          30 ms; T2: TR from 1500 and TE from 60 ms; PD: TR from 1500 and TE below 45 ms); gradient echo by
///          TE and flip angle. Fat suppression by ScanOptions (FS), the enhanced objects' FAT, and the words
///          of the series (FS, FATSAT, SPAIR, SPIR). The words alone count where the times are missing, and
///          lower the probability where they disagree with them.
/// Limits   The probabilities are graded by rule, not calibrated. Descriptions are typed by people.
MrWeighting weighting_from_tags(const MrTags& tags);

/// The weighting that a sagittal spine image shows.
///
/// Method   In standard deviations of the foreground: marrow (median of the bodies), canal (median of the
/// sac,
///          or of 4 to 12 mm behind the bodies in the midline), muscle (lower third of 30 to 50 mm behind
///          them, beside the midline), the brightest tissue of the back (90th percentile). Fluid is bright
///          when the canal is above marrow; fat is bright when marrow and the brightest tissue are together
///          far enough above muscle. Fluid dark: T1. Fluid bright, fat bright: T2. Fluid bright, fat dark:
///          fat suppressed, which STIR, T2 with fat saturation and a water image all are; it is called kStir.
/// Limits   PD is taken for T1 or T2. Wants at least three bodies. The thresholds come from 34 series; the
///          probability is logistic in the distance from them, graded by hand.
/// @param flat    The output of BiasField.
/// @param labels  Bodies (8..26, 28) and, if there, the sac (61); on the grid of `flat`. Null: unknown.
/// @throws Error{kInput}  the grids differ.
MrWeighting weighting_from_intensities(const Volume& flat, const Labels* labels);

/// How the image contradicts the header, in a sentence; empty when it does not, or cannot be judged. Only
/// what the image can show counts: dark or bright fluid, dark or bright fat.
std::string contradiction(const MrWeighting& tags, const MrWeighting& image);

}  // namespace ledd
