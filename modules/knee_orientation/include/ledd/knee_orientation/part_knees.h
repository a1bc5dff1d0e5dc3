#pragma once
#include <vector>

#include "ledd/image/image.h"

namespace ledd {

/// One knee of a label map.
struct LabelledKnee {
  Labels::Pointer labels;          ///< Of this knee alone, on the whole grid. A copy.
  bool one_of_two = false;         ///< The map shows both knees; this is the one towards `toward`.
  Toward toward = Toward::kRight;  ///< Only of one of two.
  double centre_left_mm = 0.0;     ///< LPS x of the middle of its femur and tibia.
};

/// Parts a label map that may hold two knees.
///
/// Method   Femur and tibia of one knee overlap along the left-right axis; those of two knees leave a gap of
///          at least 10 mm, whatever the slices' obliquity, since x is the patient's. Everything labelled
///          goes to its side of the gap's middle.
/// Limits   Bones of two knees that touch in the patient's x count as one knee.
/// @param labels  Ids of ledd::anatomy; any axes.
/// @return        One knee, or two: the one on the patient's right first. Without femur and tibia: one.
/// @throws Error{kInput}  more than two, or a part of bone too narrow for a whole knee (50 mm).
std::vector<LabelledKnee> part_knees(const Labels& labels);

}  // namespace ledd
