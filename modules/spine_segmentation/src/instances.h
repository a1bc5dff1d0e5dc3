#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "probability.h"

namespace ledd::spine {

/// A connected set of work pixels with its moments in millimetres of the work frame (x posterior, y inferior,
/// z across).
struct Component {
  std::vector<std::uint32_t> pixels;  ///< Positions in Probability::values, ascending.
  std::array<double, 3> centre_mm{};
  double volume_cm3 = 0.0;
  double height_mm = 0.0;  ///< Extent along y.
};

struct InstanceRules {
  double slice_spacing_mm = 0.0;
  double min_body_cm3 = 0.0;
  double max_single_body_mm = 0.0;
};

struct Instances {
  std::vector<Component> bodies;  ///< From top to bottom.
  std::vector<Component> s1;      ///< None or one.
  double below_s1_cm3 = 0.0;      ///< The largest part left out because it lies below S1.
  std::vector<std::string> notes;
};

/// Bodies and S1 from the probabilities. Deterministic; does not depend on the number of threads.
Instances find_instances(const Probability& p, const InstanceRules& rules);

}  // namespace ledd::spine
