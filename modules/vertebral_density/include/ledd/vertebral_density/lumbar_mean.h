#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledd/measurement/estimate.h"
#include "ledd/vertebral_density/vertebral_density.h"

namespace ledd {

/// What a mean vBMD says by the American College of Radiology.
enum class AcrCategory {
  kNormal = 0,        ///< Above 120 mg/cm3.
  kLow = 1,           ///< 80 to 120: "osteopenia".
  kOsteoporosis = 2,  ///< Below 80.
};

/// Trabecular vBMD of L1 and L2, or of what is there instead, in mg K2HPO4/cm3.
///
/// Method   The mean of the cylinders of the two topmost usable vertebrae of L1 to L4; L1 and L2 by
///          convention, others are said in `doubt`. One alone is better than none. HA is converted to K2HPO4,
///          which the categories are made for.
/// Source   American College of Radiology, practice parameter for quantitative CT bone densitometry: 80 and
/// 120 mg/cm3. Limits   Never a T-score: QCT of the spine has none of the WHO's.
struct LumbarMean {
  std::string region;  ///< "L1-L2", "L1"; "L1-L2" where there is none.
  Estimate vbmd_mg_per_cm3;
  std::optional<AcrCategory> category;
  std::string category_doubt;  ///< The value lies within 1.96 of its own errors of a limit; or empty.

  static const std::vector<EndpointDefinition>& definitions();
};

/// @param excluded  Why a vertebra does not count, by id: fractured, cut, metal, sclerotic.
LumbarMean lumbar_mean(const VertebralDensityResult& result,
                       const DensityScale& scale,
                       const std::map<std::uint16_t, std::string>& excluded);

std::vector<Measurement> measurements(const LumbarMean& mean);

}  // namespace ledd
