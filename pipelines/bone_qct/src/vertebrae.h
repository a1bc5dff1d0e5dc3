#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ledd/bone_qct/bone_qct.h"

#include "region.h"

namespace ledd::bone_qct {

/// The vertebrae of a scan, before anything is measured.
struct Vertebrae {
  Labels::Pointer labels;  ///< Named, in the region alone.
  Volume::Pointer inside;  ///< As VertebralSurface has it; null where labels were given.
  Volume::Pointer scan;    ///< Cut out.
  Region region;
  VertebraLevels::Result levels;                 ///< Empty where labels were given.
  std::vector<VertebralSurface::Body> surfaces;  ///< In the order of the levels.
  std::vector<std::string> notes;
};

struct VertebraFinding {
  std::optional<Vertebrae> found;
  std::string why_none;  ///< Empty exactly when found.
};

VertebraFinding find_vertebrae(const Volume& scan,
                               const SpineSegmentation& network,
                               const BoneQct::Params& params,
                               Context& context);

/// Those of a given label map; none when it holds no vertebra.
VertebraFinding given_vertebrae(const Volume& scan, const Labels& labels);

/// Heights, fractures and densities.
BoneQct::Spine measure(const Vertebrae& vertebrae, const BoneQct::Params& params, Context& context);

}  // namespace ledd::bone_qct
