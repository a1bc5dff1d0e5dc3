#pragma once
#include <cstddef>

#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"

namespace ledd {

class LocalThickness {
 public:
  struct Params {
    double beyond_vox = 0.5;
    static const ParamTable<Params>& table();
  };
  struct Result {
    Volume::Pointer thickness_mm;
    double mean_mm = 0, sd_mm = 0, max_mm = 0;
    std::size_t voxels = 0, balls = 0, uncovered = 0;
  };
  explicit LocalThickness(const Params& params);
  LocalThickness() : LocalThickness(Params{}) {}
  Result operator()(const Mask& mask, Context& context) const;
  Result operator()(const Volume& volume, double threshold, Context& context) const;

 private:
  Params params_;
};

}  // namespace ledd
