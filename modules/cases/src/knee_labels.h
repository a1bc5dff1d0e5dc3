#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledd/cases/pipeline.h"
#include "ledd/knee_mri/knee_mri.h"
#include "ledd/knee_t2/knee_t2.h"

namespace ledd::cases {

/// What knee-mri makes of one series, for knee-t2 to measure in.
struct KneeLabels {
  std::string refusal;                           ///< Why there is none; empty when there is one.
  Labels::Pointer labels, region_map;            ///< On the grid of the series.
  CartilageRelaxometry::SubRegions sub_regions;  ///< Of `region_map`.
  std::optional<anatomy::Side> side;
  std::map<std::string, KneeT2Study::Doubt> doubts;  ///< As KneeT2Study::doubts.
  std::vector<std::string> notes;
};

/// Never throws for what is wrong with the image: that is a refusal.
/// @throws Error{kCancelled, kInternal}
KneeLabels segment_knee(const KneeMri& pipeline, const KneeStudy& study, Context& context);

/// Why the labels are not of the knee that the header of the echoes speaks of; empty when they may be.
std::string other_side(const KneeLabels& labels, const dicom::Stack& echoes);

/// Whether a stack is fine and straight enough for knee-mri, by its header and the defaults of
/// KneeOrientation.
Match match_fine_knee(const dicom::Stack& stack);

/// Whether two series may be of one knee, by what their headers say of the side.
Match match_side(const dicom::Stack& stack, const dicom::Stack& other);

}  // namespace ledd::cases
