#include "scoliosis.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <string>

#include "ledd/anatomy/anatomy.h"

namespace ledd::spine_mri {
namespace {

const std::set<std::string>& of_the_sagittal_plane() {
  static const std::set<std::string> keys{
      "LL_L1_S1", "LL_L1_L5", "SL", "body_tilt", "disc_angle", "slip", "slip_percent", "Meyerding"};
  return keys;
}

}  // namespace

void add_scoliosis(std::vector<Measurement>& measurements, const SpineAlignment::Result& alignment) {
  if (!alignment.scoliosis) return;
  std::map<std::string, std::size_t> place_of;  // along the row of bodies
  for (std::size_t i = 0; i < alignment.coronal.size(); ++i)
    place_of[anatomy::short_name(alignment.coronal[i].id)] = i;
  const auto place = [&](const std::string& name) {
    const auto found = place_of.find(name);
    return found == place_of.end() ? alignment.coronal.size() : found->second;  // S1 ends the row
  };
  for (Measurement& m : measurements) {
    if (!m.value || !of_the_sagittal_plane().contains(m.endpoint)) continue;
    const auto cut = m.region.find_first_of("-/");
    const std::size_t first = place(m.region.substr(0, cut));
    const std::size_t last = cut == std::string::npos ? first : place(m.region.substr(cut + 1));
    for (const auto& curve : alignment.curves) {
      if (last < place(anatomy::short_name(curve.upper)) || first > place(anatomy::short_name(curve.lower)))
        continue;
      m.quality = Quality::kUncertain;
      m.reason += fmt::format("{}scoliosis of {:.0f} degrees {}-{}",
                              m.reason.empty() ? "" : "; ",
                              curve.cobb_deg,
                              anatomy::short_name(curve.upper),
                              anatomy::short_name(curve.lower));
      break;
    }
  }
}

}  // namespace ledd::spine_mri
