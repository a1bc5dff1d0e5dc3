#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ledd/bone_qct/bone_qct.h"

namespace ledd::bone_qct {

/// One hip, before its density.
struct Hip {
  anatomy::Side side = anatomy::Side::kRight;
  std::string refusal;  ///< Why it is not measured; empty when it is.
  std::vector<std::string> doubts;
  FemurRegions::Result regions;  ///< Without a refusal.
};

struct Hips {
  Labels::Pointer labels;  ///< 211, 212, on the grid of the scan.
  std::vector<Hip> sides;  ///< Right, left; empty when no hip is in view.
  std::string why_none;    ///< Empty exactly when a side is measured.
};

Hips find_hips(const Volume& scan, const BoneQct::Params& params, Context& context);
/// Those of a given label map.
Hips given_hips(const Labels& labels, const BoneQct::Params& params, Context& context);

/// Rows of both sides; a side that is not measured has rows that say why.
std::vector<Measurement> measure_hips(const Hips& hips,
                                      const BoneQct::Study& study,
                                      const BoneQct::Params& params,
                                      const DensityScale& scale,
                                      Context& context);

std::vector<Figure> hip_figures(const Hips& hips, const itk::ImageBase<3>& scan);
/// For a viewer: the ball of each head in three planes, the narrowest section of its neck.
std::vector<Polyline> hip_drawings(const Hips& hips);
std::vector<SummaryLine> hip_summary(const Hips& hips, const std::vector<Measurement>& rows);

}  // namespace ledd::bone_qct
