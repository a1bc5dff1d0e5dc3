#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledd/anatomy/knee.h"
#include "ledd/image/image.h"

namespace ledd {

/// What a header tells of the side. Of one knee of two in an image (KneeOrientation::Knee::one_of_two) the
/// tags speak of both or of the other: leave them empty, and give that knee's own centre.
struct SideHints {
  std::string laterality;  ///< (0020,0062) Image Laterality, else (0020,0060) Laterality: "R", "L", "B", ...
  std::string descriptions;   ///< Series and study description, protocol, body part: joined by blanks.
  bool patient_frame = true;  ///< Positions are the patient's (DICOM, or NIfTI with a scanner's frame).
  double centre_left_mm = 0;  ///< LPS x of the volume's centre; the table's middle is 0.
};

/// A side, and what it was taken from.
struct SideEvidence {
  std::optional<anatomy::Side> side;  ///< Empty: nothing found.
  std::string from;                   ///< "Laterality (0020,0060) R", "series description \"RT KNEE\"".
};

/// The side that words name: right / left, rt / lt, r / l beside "knee", and the words of the Nordic and
/// German languages. Empty when none or both are named.
std::optional<anatomy::Side> side_of_words(std::string_view text);

/// The side by tags alone: Laterality first, then words.
/// @throws Error{kInput}  they contradict each other.
SideEvidence side_of_tags(const SideHints& hints);

/// The side by where the volume lies: more than 30 mm beside the table's middle.
/// Limits   A shifted table or patient makes it wrong; use it as support only.
SideEvidence side_of_position(const SideHints& hints);

inline constexpr std::size_t kSideFeatures = 7;

/// What the bones' shape tells of the side.
struct AnatomicalSide {
  std::optional<anatomy::Side> side;  ///< Empty: nothing could be measured.
  double certainty = 0.5;             ///< Of `side`; 0.5 .. 0.999.
  double misfit = 0.0;                ///< Mean squared distance from the learned knees, in SD^2: about 1.
  /// mm towards the right of the patient; NaN what could not be measured: patella, femoral shaft and tibial
  /// plateau beside the condyles' middle; greater depth of the plateau; higher ridge of the trochlea; lower
  /// condyle; thicker tibial cartilage.
  std::array<double, kSideFeatures> features_mm{};
};

/// The side by the shape of a labelled knee.
///
/// Method   Seven signed lengths (see AnatomicalSide). Right knees follow one normal distribution, left knees
///          its mirror image; the certainty is the posterior with even odds. Mean and covariance: see
///          src/side_rule.inc, learned by tools/train/knee/side.py.
/// Source   57 manual label volumes of right knees, mirrored for left; figures in docs/knee-segmentation.md.
/// Limits   Rotation of the leg against the slices of more than 10 degrees is not covered.
/// @param labels  Ids 201..207; any axes; one knee.
AnatomicalSide side_of_anatomy(const Labels& labels);

struct SideDecision {
  std::optional<anatomy::Side> side;
  double certainty = 0.0;
  bool uncertain = true;           ///< To be flagged; the notes say why.
  std::vector<std::string> notes;  ///< Every source that spoke, and what was made of it.
};

/// Brings tags, position and anatomy together: a tag that anatomy does not contradict stands; without one
/// anatomy decides, flagged unless the position agrees; without either the side stays open or is the
/// position's, flagged.
/// @param hints     Of the series.
/// @param anatomy   From side_of_anatomy.
/// @throws Error{kInput}  a tag contradicts anatomy that is at least 99 % certain, or another tag.
SideDecision decide_side(const SideHints& hints, const AnatomicalSide& anatomy);

/// Patient x (mm) between the two plates of tibial cartilage, where least of it lies; nullopt when it is one
/// plate only. @param labels  Ids 204 and 205 are taken as one.
std::optional<double> border_of_plates(const Labels& labels);

/// Gives all tibial cartilage on the medial side of the border the id 204, the rest 205.
void part_plates(Labels& labels, double border_x_mm, anatomy::Side side);

std::string_view name_of(anatomy::Side side);  ///< "right", "left".

}  // namespace ledd
