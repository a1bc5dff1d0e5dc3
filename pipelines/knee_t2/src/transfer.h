#pragma once
#include <string>

#include "ledd/core/context.h"
#include "ledd/knee_t2/knee_t2.h"

namespace ledd::knee_t2 {

/// Labels on the echoes' grid.
struct Transferred {
  std::string refusal;                  ///< Why there are none; empty when there are.
  Labels::Pointer labels, sub_regions;  ///< The latter null when none were given.
  RigidMotion labels_from_echoes;
  std::string note;  ///< What a reader must know of the way; may be empty.
};

Transferred transfer(const KneeT2Study& study, const RigidAlignment::Params& alignment, Context& context);

/// For each voxel's centre the value of the nearest voxel of `labels`; 0 outside of it.
Labels::Pointer resampled(const Labels& labels,
                          const itk::ImageBase<3>& grid,
                          const RigidMotion& labels_from_grid);

}  // namespace ledd::knee_t2
