#pragma once
#include <string>
#include <vector>

#include "ledd/cases/survey.h"

namespace ledd::cases {

/// The weighting that a series' header states; unknown for an image file.
MrWeighting weighting_of(const Series& series);

/// How a stack lies to another one, along the axes of the latter.
struct Relation {
  std::string apart;                  ///< Why their positions cannot be compared; empty when they can.
  double covered = 0.0;               ///< The least share of the other's extent, over its three axes.
  double overlap_mm = 0.0;            ///< The least overlap of the two, in the slice plane.
  double above_mm = 0, below_mm = 0;  ///< How far it reaches beyond the other; negative: falls short.
};
Relation relate(const dicom::Stack& stack, const dicom::Stack& to);
/// The same for stacks that may be turned against each other: overlap_mm counts all three axes.
Relation relate_across(const dicom::Stack& stack, const dicom::Stack& to);

/// Of one patient's one study, by what the headers state.
bool same_study(const dicom::Stack& a, const dicom::Stack& b);

/// The least share of a series' extent, over the three axes, that one joined to it must cover.
inline constexpr double kLeastCover = 0.5;

/// What join() makes cases of.
struct JoinInput {
  std::vector<const Series*> primaries;  ///< Each becomes a case, or a companion of one.
  std::vector<const Series*> accepted;   ///< What the pipeline takes: the primaries and more.
  std::vector<const Series*> counting;   ///< What it takes for counting only.
  std::vector<const Series*> axial;      ///< What it takes as a cut across only.
  bool forced = false;                   ///< Every primary becomes a case, and may have any companion.
};

/// The cases without their ids; see plan(). Every one of `primaries` is the primary or a companion of one.
std::vector<PlannedCase> join(const JoinInput& input, const JoinRule& rule);

}  // namespace ledd::cases
